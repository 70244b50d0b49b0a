import type { VeleroInstallation } from '../../api/kinds/cluster-identity.ts';
import type { KubeObject } from '../../api/kinds/object-meta.ts';
import { LABELS } from '../../api/names.ts';
import { renderManifests } from '../../manifests/render-manifests.ts';
import { ADMISSION, type AdmissionPolicy, type PolicyBinding } from './admission-objects.ts';
import { allInOrder } from './all-in-order.ts';
import type { Check } from './check.ts';
import { differences } from './differences.ts';
import { type Finding, failed, ok, quoted, warning } from './finding.ts';
import { installAgain } from './install-again.ts';
import { ACTIONS, isWall, modeOfBinding, modeOfWalls } from './wall-mode.ts';

export interface WallFacts {
  readonly policies: readonly AdmissionPolicy[];
  readonly bindings: readonly PolicyBinding[];
  /** As the operator confirmed; their names stand in the walls. */
  readonly velero: readonly VeleroInstallation[];
}

const isPolicy = (object: KubeObject): object is AdmissionPolicy => object.kind === ADMISSION.policies.kind;
const isBinding = (object: KubeObject): object is PolicyBinding => object.kind === ADMISSION.bindings.kind;

/** Where an object differs from the one that this version renders. */
const alterations = (expected: AdmissionPolicy | PolicyBinding, found: AdmissionPolicy | PolicyBinding): string[] => [
  ...(expected.metadata.labels?.[LABELS.wall] === found.metadata.labels?.[LABELS.wall] ? [] : ['metadata.labels']),
  ...differences(expected.spec, found.spec, 'spec'),
];

/** A wall's binding is right in either mode; which one is told by all of them together. */
const inModeOf = (expected: PolicyBinding, found: PolicyBinding | undefined): PolicyBinding => {
  const mode = found && modeOfBinding(found);
  if (!isWall(expected) || mode === undefined) return expected;
  return { ...expected, spec: { ...expected.spec, validationActions: ACTIONS[mode] } };
};

const compare = (
  expected: AdmissionPolicy | PolicyBinding,
  found: AdmissionPolicy | PolicyBinding | undefined,
  install: string,
): Finding[] => {
  const what = `${isPolicy(expected) ? 'policy' : 'binding'} "${expected.metadata.name}"`;
  if (found === undefined) return [failed(`${what} is missing: that wall is down`, install)];
  const paths = alterations(expected, found);
  if (paths.length === 0) return [];
  return [failed(`${what} is not what this version installs: ${quoted(paths, 3)} differ`, install)];
};

/** One wall that only warns while the others refuse is a hole that nobody sees. */
export const judgeMode = (bindings: readonly PolicyBinding[]): Finding => {
  const mode = modeOfWalls(bindings);
  const set = 'an operator sets them all: kubectl recover mode enforce (or audit)';
  const namesOf = (wanted: string | undefined): string[] =>
    bindings
      .filter(binding => isWall(binding) && modeOfBinding(binding) === wanted)
      .map(({ metadata }) => metadata.name);
  switch (mode) {
    case 'Mixed':
      return failed(
        `the walls are in mixed modes: ${quoted(namesOf('Audit'))} warn, ${quoted(namesOf('Enforce'))} refuse`,
        set,
      );
    case 'Unknown':
      return failed(`the walls have no mode: ${quoted(namesOf(undefined)) || 'none is there'}`, set);
    case 'Audit':
    case 'Enforce':
      return ok(`mode ${mode}`);
  }
};

const judgeTypes = ({ metadata, status }: AdmissionPolicy): Finding[] =>
  (status?.typeChecking?.expressionWarnings ?? []).map(({ fieldRef, warning: said }) =>
    warning(
      `the API server warns of policy "${metadata.name}" at ${fieldRef}: ${said.trim().split('\n', 1)[0]}`,
      'compare the versions of Velero and of this plugin; upgrade both',
    ),
  );

/** Compares the policies and bindings that are there with those that this version renders. */
export const judgeWalls = ({ policies, bindings, velero }: WallFacts): Finding[] => {
  const rendered = renderManifests({ mode: 'Audit', velero });
  const install = installAgain(velero, modeOfWalls(bindings));
  const found = <Kind extends KubeObject>(objects: readonly Kind[], { metadata }: Kind): Kind | undefined =>
    objects.find(object => object.metadata.name === metadata.name);
  const expected = { policies: rendered.filter(isPolicy), bindings: rendered.filter(isBinding) };
  const findings = [
    ...expected.policies.flatMap(policy => compare(policy, found(policies, policy), install)),
    ...expected.bindings.flatMap(binding => {
      const its = found(bindings, binding);
      return compare(inModeOf(binding, its), its, install);
    }),
    ...expected.policies.flatMap(policy => found(policies, policy) ?? []).flatMap(judgeTypes),
  ];
  if (findings.length > 0) return findings;
  return [ok(`${expected.policies.length} policies and their bindings are as this version installs them`)];
};

/** Whether the walls stand as they were installed. */
export const walls: Check = {
  name: 'walls',
  examine: async cluster => {
    const [policies, bindings, self] = await allInOrder([
      cluster.list(ADMISSION.policies),
      cluster.list(ADMISSION.bindings),
      cluster.self(),
    ]);
    const velero = self?.spec.velero ?? [];
    if (velero.length === 0) {
      return [
        failed(
          'nobody confirmed which accounts are Velero, so the walls cannot be compared',
          'an operator runs: kubectl recover install',
        ),
      ];
    }
    return judgeWalls({ policies, bindings, velero });
  },
};

/** Whether the walls are all in one mode. */
export const wallModes: Check = {
  name: 'walls',
  examine: async cluster => [judgeMode(await cluster.list(ADMISSION.bindings))],
};
