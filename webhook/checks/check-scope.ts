import { digestOf } from '../../api/digest.ts';
import type { RestoreChoice } from '../../api/kinds/recovery.ts';
import type { Problem } from '../../api/recover-error.ts';
import { TAKE_FRESH } from '../../api/tokens/verify-token.ts';
import { neverRestored, resourceName, type ServedResource } from '../../api/velero/restore-spec.ts';
import type { Check } from './check.ts';

const NAMESPACE_NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

const exceeded = (message: string, mend: string): Problem => ({ code: 'ScopeExceeded', message, mend });

const mappingProblems = (choice: RestoreChoice, namespaces: readonly string[]): Problem[] => {
  const mapping = new Map(Object.entries(choice.namespaceMapping ?? {}));
  const held = namespaces.map(name => `"${name}"`).join(', ');
  const problems = [...mapping].flatMap(([from, to]) => [
    ...(namespaces.includes(from)
      ? []
      : [
          exceeded(
            `namespace "${from}" is none that the point holds for this group`,
            `map one of ${held}: --map ${namespaces[0]}=NEW`,
          ),
        ]),
    ...(NAMESPACE_NAME.test(to)
      ? []
      : [
          exceeded(
            `${JSON.stringify(to)} cannot be the name of a namespace`,
            `map to small letters, digits and hyphens: --map ${from}=NEW`,
          ),
        ]),
  ]);
  const targets = namespaces.map(name => mapping.get(name) ?? name);
  const doubles = targets.filter((target, index) => targets.indexOf(target) !== index);
  return [
    ...problems,
    ...[...new Set(doubles)].map(target =>
      exceeded(`two namespaces would be recovered into "${target}"`, 'map each to a name of its own: --map OLD=NEW'),
    ),
  ];
};

const resourceProblems = (choice: RestoreChoice, served: readonly ServedResource[]): Problem[] => {
  const known = new Set(served.map(resourceName));
  const never = new Set(neverRestored(served));
  const unknown = (names: readonly string[]) =>
    names
      .filter(name => !known.has(name) && !never.has(name))
      .map(name =>
        exceeded(
          `this cluster serves no resource "${name}"`,
          'write plural and group, as in deployments.apps; see kubectl api-resources -o name',
        ),
      );
  const excluded = (choice.includedResources ?? [])
    .filter(name => never.has(name))
    .map(
      (name): Problem => ({
        code: 'ResourceExcluded',
        message: `resources of kind "${name}" are never recovered this way`,
        mend: 'leave it out of --include-resources; an operator brings back what is cluster-wide',
      }),
    );
  return [...unknown(choice.includedResources ?? []), ...unknown(choice.excludedResources ?? []), ...excluded];
};

/** Check `scope`: what is asked for is what was signed, and lies within what the point holds for the group. */
export const checkScope: Check = {
  name: 'scope',
  judge: ({ registration: { restore }, chain: { access }, owned, state }) => {
    if (owned === undefined) return undefined;
    const signed =
      digestOf(restore) === access.restoreDigest
        ? []
        : [exceeded('spec.restore is not what the access token was signed for', TAKE_FRESH)];
    // With Update, a volume of the same name here would be patched with the claimRef of another namespace.
    const remaps = Object.entries(restore.namespaceMapping ?? {}).some(([from, to]) => from !== to);
    const updates =
      remaps && restore.existingResources === 'Update'
        ? [
            exceeded(
              'existing resources cannot be updated under mapped names',
              'leave out --existing-resources or --map',
            ),
          ]
        : [];
    return [
      ...signed,
      ...updates,
      ...mappingProblems(restore, owned.namespaces),
      ...resourceProblems(restore, state.servedResources()),
    ];
  },
};
