import { describe, expect, test } from 'vitest';
import type { PlannedObject } from '../../api/kinds/access-request.ts';
import type { RestoreChoice } from '../../api/kinds/recovery.ts';
import { resourceType } from '../../api/kubernetes/resource-type.ts';
import type { LiveCluster, LiveObjects } from './live-objects.ts';
import { makePlan } from './make-plan.ts';

const TYPES: Readonly<Record<string, ReturnType<typeof resourceType>>> = {
  'v1/ConfigMap': resourceType('v1', 'ConfigMap', 'configmaps', true),
  'v1/Secret': resourceType('v1', 'Secret', 'secrets', true),
  'v1/Event': resourceType('v1', 'Event', 'events', true),
  'v1/Pod': resourceType('v1', 'Pod', 'pods', true),
  'v1/Service': resourceType('v1', 'Service', 'services', true),
  'v1/ServiceAccount': resourceType('v1', 'ServiceAccount', 'serviceaccounts', true),
  'v1/PersistentVolumeClaim': resourceType('v1', 'PersistentVolumeClaim', 'persistentvolumeclaims', true),
  'apps/v1/ReplicaSet': resourceType('apps/v1', 'ReplicaSet', 'replicasets', true),
  'apps/v1/Deployment': resourceType('apps/v1', 'Deployment', 'deployments', true),
  'velero.io/v1/Backup': resourceType('velero.io/v1', 'Backup', 'backups', true),
};

const KEEP: RestoreChoice = { volumes: 'Restore', existingResources: 'Keep' };

const live = (there: Readonly<Record<string, LiveObjects>> = {}): LiveCluster => ({
  typeOf: type => TYPES[type],
  objectsOf: (type, namespace) => there[`${type} ${namespace}`] ?? { kind: 'read', digests: new Map() },
});

const settings: PlannedObject = { type: 'v1/ConfigMap', namespace: 'shop', name: 'settings', digest: 'd1' };

const planOf = (object: PlannedObject, choice: Partial<RestoreChoice> = {}, there?: Parameters<typeof live>[0]) => {
  const { items } = makePlan(
    { backup: 'b', objects: [object], contentsRead: true },
    { ...KEEP, ...choice },
    live(there),
  );
  return [items[0]?.state, items[0]?.why];
};
const read = (name: string, whole?: string, unscaled?: string): LiveObjects => ({
  kind: 'read',
  digests: new Map([[name, { ...(whole && { whole }), ...(unscaled && { unscaled }) }]]),
});

describe('an object', () => {
  test('that is absent is created', () => {
    expect(planOf(settings)).toEqual(['create', undefined]);
    expect(planOf(settings, {}, { 'v1/ConfigMap shop': read('other', 'd1') })).toEqual(['create', undefined]);
  });

  test('that is there is the same, or differs and is kept unless the point’s is asked for', () => {
    expect(planOf(settings, {}, { 'v1/ConfigMap shop': read('settings', 'd1') })[0]).toBe('same');
    const there = { 'v1/ConfigMap shop': read('settings', 'd2') };
    expect(planOf(settings, {}, there)).toEqual(['differs', 'what is there is kept']);
    expect(planOf(settings, { existingResources: 'Update' }, there)).toEqual(['differs', 'the point’s is taken']);
  });

  test('is looked for where it is mapped to', () => {
    const there = { 'v1/ConfigMap shop': read('settings', 'd1') };
    expect(planOf(settings, { namespaceMapping: { shop: 'shop-2' } }, there)[0]).toBe('create');
  });

  test('that is not compared is there, not the same', () => {
    const secret = { ...settings, type: 'v1/Secret' };
    const { digest: _, ...unread } = settings;
    expect(planOf(secret, {}, { 'v1/Secret shop': read('settings') })).toEqual(['exists', 'Secrets are not compared']);
    expect(planOf(unread, {}, { 'v1/ConfigMap shop': read('settings', 'd1') })[0]).toBe('exists');
  });

  test('where the user may not look is unknown, not absent', () => {
    const there: Record<string, LiveObjects> = { 'v1/ConfigMap shop': { kind: 'unreadable', why: 'you may not' } };
    expect(planOf(settings, {}, there)).toEqual(['unknown', 'you may not']);
  });

  test.each<[string, PlannedObject, Partial<RestoreChoice>, string]>([
    ['is never restored by Velero', { ...settings, type: 'v1/Event' }, {}, 'events are never recovered'],
    ['is Velero’s own', { ...settings, type: 'velero.io/v1/Backup' }, {}, 'backups.velero.io are never recovered'],
    ['is not served', { ...settings, type: 'x.io/v1/Soup' }, {}, 'the cluster does not serve x.io/v1/Soup'],
    ['is not asked for', settings, { includedResources: ['deployments.apps'] }, 'not among --include-resources'],
    ['is asked not to come', settings, { excludedResources: ['configmaps'] }, 'among --exclude-resources'],
    ['has other labels', { ...settings, unselected: true }, {}, 'its labels do not match --selector'],
    [
      'is a generated token',
      { ...settings, type: 'v1/Secret', skipped: 'GeneratedToken' },
      {},
      'a generated token of a ServiceAccount: Velero does not restore it',
    ],
    [
      'is a static pod',
      { ...settings, type: 'v1/Pod', skipped: 'MirrorPod' },
      {},
      'a static pod of a node: Velero does not restore it',
    ],
    [
      'Velero made for a volume',
      { ...settings, maker: { name: 'velero' } },
      { volumes: 'Skip' },
      'volumes are skipped',
    ],
    ['had ended', { ...settings, type: 'v1/Pod', ended: true }, {}, 'it had ended: Velero does not restore it'],
  ])('that %s is left out', (_, object, choice, why) => {
    expect(planOf(object, choice)).toEqual(['leftOut', why]);
  });

  test('is named by resource and group among those that are asked for', () => {
    const deployment = { ...settings, type: 'apps/v1/Deployment' };
    expect(planOf(deployment, { includedResources: ['deployments.apps'] })[0]).toBe('create');
    expect(planOf(deployment, { includedResources: ['deployments'] })[0]).toBe('leftOut');
  });
});

describe('what another object makes', () => {
  const deployment: PlannedObject = { type: 'apps/v1/Deployment', namespace: 'shop', name: 'web', digest: 'd1' };
  const replicaSet: PlannedObject = {
    ...{ type: 'apps/v1/ReplicaSet', namespace: 'shop', name: 'web-1', digest: 'd2' },
    maker: { type: 'apps/v1/Deployment', name: 'web' },
  };
  const pod: PlannedObject = {
    ...{ type: 'v1/Pod', namespace: 'shop', name: 'web-1-x', digest: 'd3' },
    maker: { type: 'apps/v1/ReplicaSet', name: 'web-1' },
  };
  const statesOf = (objects: readonly PlannedObject[], choice: Partial<RestoreChoice> = {}) => {
    const answer = { backup: 'b', objects: [...objects], contentsRead: true };
    const there = { 'v1/Pod shop': read('web-1-x', 'other'), 'apps/v1/Deployment shop': read('web', 'other') };
    return makePlan(answer, { ...KEEP, ...choice }, live(there)).items.map(({ state, why }) => [state, why]);
  };

  test('is made again where its maker comes back, whatever is there; its maker is compared', () => {
    expect(statesOf([deployment, replicaSet, pod])).toEqual([
      ['differs', 'what is there is kept'],
      ['madeAgain', 'Deployment "web" makes it'],
      ['madeAgain', 'ReplicaSet "web-1" makes it'],
    ]);
  });

  test.each<[string, readonly PlannedObject[], Partial<RestoreChoice>]>([
    ['is not in the point', [pod], {}],
    ['is of another namespace', [{ ...replicaSet, namespace: 'shop-db' }, pod], {}],
    ['is not asked for', [replicaSet, pod], { includedResources: ['pods'] }],
    ['is asked not to come', [replicaSet, pod], { excludedResources: ['replicasets.apps'] }],
    ['has other labels', [{ ...replicaSet, unselected: true }, pod], {}],
    ['had ended', [{ ...replicaSet, ended: true }, pod], {}],
  ])('is compared as everything is where its maker %s', (_, objects, choice) => {
    expect(statesOf(objects, choice).at(-1)).toEqual(['differs', 'what is there is kept']);
  });

  test('is left out where it is asked not to come', () => {
    expect(statesOf([replicaSet, pod], { excludedResources: ['pods'] }).at(-1)?.[0]).toBe('leftOut');
  });

  test('is not looked for, so that nobody needs the right to', () => {
    const there: Record<string, LiveObjects> = { 'v1/Pod shop': { kind: 'unreadable', why: 'you may not' } };
    const answer = { backup: 'b', objects: [replicaSet, pod], contentsRead: true };
    expect(makePlan(answer, KEEP, live(there)).items[1]?.state).toBe('madeAgain');
  });

  test('needs no maker in the point where the cluster is', () => {
    const authority = { ...settings, maker: { name: 'root-ca-certificate-publisher-controller' } };
    expect(planOf(authority)).toEqual(['madeAgain', 'root-ca-certificate-publisher-controller makes it']);
  });
});

test('a ServiceAccount is added to, whatever is to become of existing objects', () => {
  const account: PlannedObject = { ...settings, type: 'v1/ServiceAccount' };
  const there = { 'v1/ServiceAccount shop': read('settings', 'other') };
  for (const existingResources of ['Keep', 'Update'] as const) {
    expect(planOf(account, { existingResources }, there)).toEqual(['differs', 'what it lacks is added to it']);
  }
});

describe('what an autoscaler scales', () => {
  const deployment: PlannedObject = {
    ...{ type: 'apps/v1/Deployment', namespace: 'shop', name: 'web', digest: 'd1', unscaled: 'u1' },
  };
  const there = (unscaled: string) => ({ 'apps/v1/Deployment shop': read('web', 'd2', unscaled) });
  const keeping = ['differs', 'what is there is kept'];

  test('is the same but for replicas, as long as it is kept', () => {
    expect(planOf(deployment, {}, there('u1'))).toEqual(['same', 'but for replicas, which an autoscaler sets']);
    expect(planOf(deployment, {}, there('u2'))).toEqual(keeping);
  });

  test('differs where the point’s is taken, which sets replicas back', () => {
    const update = { existingResources: 'Update' } as const;
    expect(planOf(deployment, update, there('u1'))).toEqual(['differs', 'the point’s is taken']);
  });

  test('is nothing that the point has no autoscaler of', () => {
    const { unscaled: _, ...unwatched } = deployment;
    expect(planOf(unwatched, {}, there('u1'))).toEqual(keeping);
  });
});

test('a claim that is the same says nothing of its data', () => {
  const claim: PlannedObject = { ...settings, type: 'v1/PersistentVolumeClaim' };
  const there = { 'v1/PersistentVolumeClaim shop': read('settings', 'd1') };
  expect(planOf(claim, {}, there)).toEqual(['same', 'the data on its volume is not compared']);
});

test('a plan counts what becomes of everything, and what it was not told of', () => {
  const objects = [settings, { ...settings, name: 'b' }, { ...settings, name: 'c', unselected: true }];
  const there = live({ 'v1/ConfigMap shop': read('b', 'd1') });
  const { summary, unlisted } = makePlan({ backup: 'x', objects, unlisted: 7, contentsRead: true }, KEEP, there);
  expect(summary).toEqual({ create: 1, same: 1, differs: 0, exists: 0, unknown: 0, madeAgain: 0, leftOut: 1 });
  expect(unlisted).toBe(7);
});
