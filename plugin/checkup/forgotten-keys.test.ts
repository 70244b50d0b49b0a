import { beforeEach, expect, test } from 'vitest';
import type { Stored } from '../../api/kinds/object-meta.ts';
import { ANNOTATIONS } from '../../api/names.ts';
import type { Backup } from '../../api/velero/velero-types.ts';
import { FakeCluster } from '../../test/fakes/fake-authority.ts';
import { stampClaims } from '../../test/fakes/sample-claims.ts';
import { judgeStampKeys } from './forgotten-keys.ts';

let before: FakeCluster;
let now: FakeCluster;
let stamp: string;

beforeEach(async () => {
  // The cluster before and after a new installation: the same ID, other keys.
  [before, now] = await Promise.all([FakeCluster.create('prod'), FakeCluster.create('prod')]);
  stamp = await before.issueStamp(stampClaims(before));
});

const backup = (name: string, annotation: string | undefined): Stored<Backup> => ({
  apiVersion: 'velero.io/v1',
  kind: 'Backup',
  metadata: {
    ...{ name, namespace: 'velero', uid: name, resourceVersion: '1', creationTimestamp: '2026-03-02T03:00:00Z' },
    ...(annotation === undefined ? {} : { annotations: { [ANNOTATIONS.stamp]: annotation } }),
  },
  spec: {},
});

const selfOf = (cluster: FakeCluster, former: FakeCluster[] = []) => ({
  spec: { keys: former.flatMap(each => [...each.publicKeys()]) },
  status: { clusterID: cluster.id, keys: [...cluster.publicKeys()] },
});

test('backups that were stamped here with keys of before are named, with what gives them back', () => {
  expect(judgeStampKeys([backup('old', stamp), backup('older', stamp)], selfOf(now))).toEqual([
    {
      state: 'warning',
      what: '2 backups were stamped here with keys that the catalogue knows no more, so owners cannot recover from them: "old", "older"',
      mend: expect.stringContaining('kubectl recover cluster trust -f FILE'),
    },
  ]);
});

test('those of keys it has, has had or was given back are no fault', async () => {
  expect(judgeStampKeys([backup('old', stamp)], selfOf(now, [before]))).toEqual([]);
  expect(judgeStampKeys([backup('new', await now.issueStamp(stampClaims(now)))], selfOf(now))).toEqual([]);
});

test('nor are those of another cluster, without a stamp, or with none that can be read', async () => {
  const other = await FakeCluster.create('dr');
  const backups = [
    backup('of-dr', await other.issueStamp(stampClaims(other))),
    backup('bare', undefined),
    backup('garbled', 'e30.e30.AA'),
  ];
  expect(judgeStampKeys(backups, selfOf(now))).toEqual([]);
});

test('nothing is said of a catalogue that has not told its keys', () => {
  expect(judgeStampKeys([backup('old', stamp)], { spec: {}, status: { clusterID: now.id } })).toEqual([]);
  expect(judgeStampKeys([backup('old', stamp)], undefined)).toEqual([]);
});
