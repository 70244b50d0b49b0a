import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digestOf } from '../digest.ts';
import type { RestoreChoice } from '../kinds/recovery.ts';
import {
  neverRestored,
  type RestoreSpecInput,
  resourceName,
  restoreSpec,
  type ServedResource,
} from './restore-spec.ts';

const SERVED: readonly ServedResource[] = [
  { group: '', plural: 'pods', namespaced: true },
  { group: '', plural: 'namespaces', namespaced: false },
  { group: '', plural: 'persistentvolumes', namespaced: false },
  { group: 'apps', plural: 'deployments', namespaced: true },
  { group: 'rbac.authorization.k8s.io', plural: 'clusterroles', namespaced: false },
  { group: 'velero.io', plural: 'schedules', namespaced: true },
  { group: 'kubectl-recover.io', plural: 'recoveries', namespaced: true },
];

const WHOLE: RestoreChoice = { volumes: 'Restore', existingResources: 'Keep' };

const input = (choice: Partial<RestoreChoice> = {}): RestoreSpecInput => ({
  choice: { ...WHOLE, ...choice },
  backupName: 'nightly-1',
  sourceNamespaces: ['shop-db', 'shop'],
  neverRestored: neverRestored(SERVED),
});

const NEVER = [
  'backuprepositories.velero.io',
  'backups.velero.io',
  'clusterroles.rbac.authorization.k8s.io',
  'csinodes.storage.k8s.io',
  'events',
  'events.events.k8s.io',
  'namespaces',
  'nodes',
  'recoveries.kubectl-recover.io',
  'resticrepositories.velero.io',
  'restores.velero.io',
  'schedules.velero.io',
  'volumeattachments.storage.k8s.io',
];

describe('the spec of a Restore', () => {
  test('of the whole group, to the letter', () => {
    expect(restoreSpec(input())).toStrictEqual({
      backupName: 'nightly-1',
      includedNamespaces: ['shop', 'shop-db'],
      excludedResources: NEVER,
      restorePVs: true,
      existingResourcePolicy: 'none',
      itemOperationTimeout: '4h0m0s',
    });
  });

  test('of a choice that uses everything, to the letter', () => {
    const choice = {
      namespaceMapping: { shop: 'shop-copy', 'shop-db': 'shop-db' },
      includedResources: ['pods', 'deployments.apps'],
      excludedResources: ['configmaps', 'nodes'],
      labelSelector: { matchLabels: { app: 'web' } },
      volumes: 'Skip',
      existingResources: 'Update',
    } as const;
    expect(
      restoreSpec(
        input({
          ...choice,
          includedResources: [...choice.includedResources],
          excludedResources: [...choice.excludedResources],
        }),
      ),
    ).toStrictEqual({
      backupName: 'nightly-1',
      includedNamespaces: ['shop', 'shop-db'],
      includedResources: ['deployments.apps', 'pods'],
      excludedResources: [...NEVER, 'configmaps'].sort(),
      namespaceMapping: { shop: 'shop-copy' },
      labelSelector: { matchLabels: { app: 'web' } },
      restorePVs: false,
      existingResourcePolicy: 'update',
      itemOperationTimeout: '4h0m0s',
    });
  });

  test('never leaves includeClusterResources, hooks, scheduleName, modifiers or status to anybody', () => {
    const known = [
      'backupName',
      'excludedResources',
      'existingResourcePolicy',
      'includedNamespaces',
      'includedResources',
      'itemOperationTimeout',
      'labelSelector',
      'namespaceMapping',
      'restorePVs',
    ];
    fc.assert(
      fc.property(choices, fc.dictionary(fc.string(), fc.jsonValue()), (choice, more) => {
        const spec = restoreSpec(input({ ...more, ...choice }));
        for (const field of Object.keys(spec)) expect(known).toContain(field);
      }),
    );
  });

  test('takes of a label selector the labels only', () => {
    const labelSelector = { matchLabels: { app: 'web' }, matchExpressions: [{ key: 'x', operator: 'Exists' }] };
    expect(restoreSpec(input({ labelSelector })).labelSelector).toStrictEqual({ matchLabels: { app: 'web' } });
  });

  test('has explicit namespaces, however few', () => {
    expect(restoreSpec({ ...input(), sourceNamespaces: [] }).includedNamespaces).toEqual([]);
  });

  test('drops what maps a namespace onto itself, and the mapping if nothing is left', () => {
    expect(restoreSpec(input({ namespaceMapping: { shop: 'shop' } }))).toStrictEqual(restoreSpec(input()));
    expect(restoreSpec(input({ namespaceMapping: {} }))).toStrictEqual(restoreSpec(input()));
  });

  test('keeps out of the way of what every object inherits', () => {
    const namespaceMapping = JSON.parse('{"__proto__":"x","constructor":"y"}') as Record<string, string>;
    expect(Object.entries(restoreSpec(input({ namespaceMapping })).namespaceMapping ?? {})).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
  });

  test('an owner’s exclusion never brings back what is never restored', () => {
    fc.assert(
      fc.property(choices, choice => {
        expect(restoreSpec(input(choice)).excludedResources).toEqual(expect.arrayContaining(NEVER));
      }),
    );
  });

  test('does not depend on the order in which anything is given', () => {
    const shuffled = choices.chain(choice =>
      fc.record({
        choice: fc.constant(choice),
        served: fc.shuffledSubarray([...SERVED], { minLength: SERVED.length }),
        namespaces: fc.shuffledSubarray(['shop', 'shop-db'], { minLength: 2 }),
        included: fc.shuffledSubarray(choice.includedResources ?? [], {
          minLength: choice.includedResources?.length ?? 0,
        }),
        mapping: fc.shuffledSubarray(Object.entries(choice.namespaceMapping ?? {}), {
          minLength: Object.keys(choice.namespaceMapping ?? {}).length,
        }),
      }),
    );
    fc.assert(
      fc.property(shuffled, ({ choice, served, namespaces, included, mapping }) => {
        const other: RestoreSpecInput = {
          ...input({
            ...choice,
            ...(choice.includedResources ? { includedResources: included } : {}),
            ...(choice.namespaceMapping ? { namespaceMapping: Object.fromEntries(mapping) } : {}),
          }),
          sourceNamespaces: namespaces,
          neverRestored: neverRestored(served),
        };
        expect(digestOf(restoreSpec(other))).toBe(digestOf(restoreSpec(input(choice))));
      }),
    );
  });

  test('leaves what it is given as it was', () => {
    const given = input({ includedResources: ['pods', 'configmaps'], excludedResources: ['x', 'a'] });
    const before = structuredClone(given);
    restoreSpec(given);
    expect(given).toStrictEqual(before);
  });
});

describe('what is never restored', () => {
  test('is every cluster-scoped resource but persistentvolumes', () => {
    const served = fc.record({
      group: fc.constantFrom('', 'apps', 'x.io'),
      plural: fc.stringMatching(/^[a-z]{1,8}s$/),
      namespaced: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(served), resources => {
        const never = neverRestored(resources);
        for (const resource of resources) {
          if (!resource.namespaced) expect(never).toContain(resourceName(resource));
        }
      }),
    );
    expect(neverRestored(SERVED)).not.toContain('persistentvolumes');
  });

  test('is persistentvolumes of another group', () => {
    expect(neverRestored([{ group: 'x.io', plural: 'persistentvolumes', namespaced: false }])).toContain(
      'persistentvolumes.x.io',
    );
  });

  test('is all of Velero’s and of ours, namespaced or not', () => {
    for (const group of ['velero.io', 'kubectl-recover.io']) {
      for (const namespaced of [true, false]) {
        expect(neverRestored([{ group, plural: 'things', namespaced }])).toContain(`things.${group}`);
      }
    }
  });

  test('is no namespaced resource of anybody else', () => {
    const others = SERVED.filter(
      ({ group, namespaced }) => namespaced && group !== 'velero.io' && !group.startsWith('kubectl'),
    );
    const never = neverRestored(SERVED);
    for (const resource of others) expect(never).not.toContain(resourceName(resource));
  });

  test('has what Velero would add by itself, even in a cluster that serves nothing', () => {
    expect(neverRestored([])).toEqual(
      [
        'nodes',
        'events',
        'events.events.k8s.io',
        'backups.velero.io',
        'restores.velero.io',
        'resticrepositories.velero.io',
        'csinodes.storage.k8s.io',
        'volumeattachments.storage.k8s.io',
        'backuprepositories.velero.io',
      ].sort(),
    );
  });

  test('has each name once, sorted', () => {
    const never = neverRestored([...SERVED, ...SERVED, { group: '', plural: 'nodes', namespaced: false }]);
    expect(never).toEqual([...new Set(never)].sort());
  });
});

const names = fc.uniqueArray(fc.constantFrom('pods', 'configmaps', 'deployments.apps', 'secrets'), { minLength: 1 });
const choices: fc.Arbitrary<RestoreChoice> = fc.record(
  {
    namespaceMapping: fc.dictionary(fc.constantFrom('shop', 'shop-db'), fc.constantFrom('shop', 'a', 'b')),
    includedResources: names,
    excludedResources: names,
    labelSelector: fc.record({ matchLabels: fc.dictionary(fc.string(), fc.string()) }),
    volumes: fc.constantFrom('Restore' as const, 'Skip' as const),
    existingResources: fc.constantFrom('Keep' as const, 'Update' as const),
  },
  { requiredKeys: ['volumes', 'existingResources'] },
);
