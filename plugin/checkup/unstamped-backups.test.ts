import { expect, test } from 'vitest';
import type { ApplicationGroup } from '../../api/kinds/application-group.ts';
import type { Stored } from '../../api/kinds/object-meta.ts';
import { ANNOTATIONS } from '../../api/names.ts';
import type { Backup } from '../../api/velero/velero-types.ts';
import { judgeStamps } from './unstamped-backups.ts';

const meta = (name: string, creationTimestamp: string, namespace = 'velero') => ({
  name,
  namespace,
  uid: name,
  resourceVersion: '1',
  creationTimestamp,
});

interface BackupPart {
  readonly at?: string;
  readonly created?: string;
  readonly phase?: string;
  readonly stamp?: string;
  readonly spec?: Backup['spec'];
}

const backup = (
  name: string,
  { at = '2026-03-02T03:00:00Z', created = at, phase = 'Completed', stamp, spec = {} }: BackupPart = {},
): Stored<Backup> => ({
  apiVersion: 'velero.io/v1',
  kind: 'Backup',
  metadata: { ...meta(name, created), ...(stamp === undefined ? {} : { annotations: { [ANNOTATIONS.stamp]: stamp } }) },
  spec,
  status: { phase, startTimestamp: at },
});

const group = (name: string, created: string, points = 0): Stored<ApplicationGroup> => ({
  apiVersion: 'kubectl-recover.io/v1alpha1',
  kind: 'ApplicationGroup',
  metadata: meta(name, created, name),
  spec: { namespaces: [name], owners: [{ kind: 'User', name: 'alice' }] },
  status: { points, ...(points === 0 ? {} : { newestPoint: { name: 'before', time: '2026-03-01T03:00:00Z' } }) },
});

const shop = group('shop', '2026-01-01T00:00:00Z', 2);

test('an unstamped backup is named, with the points there are instead and what can be done', () => {
  const [finding, ...others] = judgeStamps([backup('night')], [shop]);
  expect(others).toEqual([]);
  expect(finding).toEqual({
    state: 'warning',
    what: '1 backup finished without a stamp, so owners cannot recover from it: "night"; recovery points instead: shop/shop 2 points (newest "before")',
    mend: expect.stringMatching(/velero backup create NAME.*kubectl recover stamp --all/),
  });
});

test('the newest come first, the others are counted', () => {
  const backups = ['01', '03', '02', '07', '05', '06', '04'].map(day =>
    backup(`day-${day}`, { at: `2026-03-${day}T03:00:00Z` }),
  );
  expect(judgeStamps(backups, [shop])[0]?.what).toContain('"day-07", "day-06", "day-05", "day-04", "day-03", 2 more');
});

test.each<[string, Stored<Backup>]>([
  ['with a stamp', backup('x', { stamp: 'e30.e30.AA' })],
  ['that runs', backup('x', { phase: 'InProgress' })],
  ['that failed', backup('x', { phase: 'Failed' })],
  ['of another cluster, which Velero found in a bucket', backup('x', { created: '2026-03-02T03:05:00Z' })],
  ['of before the group', backup('x', { at: '2025-12-31T00:00:00Z' })],
  ['of other namespaces', backup('x', { spec: { includedNamespaces: ['mail', 'shop-*'] } })],
  ['without the group’s namespace', backup('x', { spec: { excludedNamespaces: ['shop'] } })],
])('a backup %s is no fault', (_, given) => {
  expect(judgeStamps([given], [shop])).toMatchObject([{ state: 'ok' }]);
});

test.each<[string, Stored<Backup>]>([
  ['that failed in part', backup('x', { phase: 'PartiallyFailed' })],
  ['of all namespaces', backup('x', { spec: { includedNamespaces: ['*'] } })],
  ['of namespaces by a pattern', backup('x', { spec: { includedNamespaces: ['sh*'] } })],
  ['with an empty stamp', backup('x', { stamp: '' })],
])('a backup %s is found', (_, given) => {
  expect(judgeStamps([given], [shop])).toMatchObject([{ state: 'warning' }]);
});

test('a namespace is no pattern of ours', () => {
  const dotted = backup('x', { spec: { includedNamespaces: ['s.op'] } });
  expect(judgeStamps([dotted], [shop])).toMatchObject([{ state: 'ok' }]);
});

test('one of before the groups is counted apart', () => {
  const old = backup('old', { at: '2025-12-31T00:00:00Z' });
  expect(judgeStamps([old], [shop])[0]?.what).toContain('(1 other held no group that was registered by then)');
  expect(judgeStamps([old, backup('night')], [shop])[0]?.what).toContain('1 backup finished without a stamp');
});

test('where groups cannot be listed, every one counts', () => {
  const found = judgeStamps([backup('old', { at: '2025-12-31T00:00:00Z' }), backup('night')], undefined);
  expect(found[0]).toMatchObject({
    state: 'warning',
    what: expect.stringMatching(/^2 backups .* from them: "night", "old"$/),
  });
});
