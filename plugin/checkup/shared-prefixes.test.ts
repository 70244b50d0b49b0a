import { expect, test } from 'vitest';
import { ANNOTATIONS } from '../../api/names.ts';
import type { Backup } from '../../api/velero/velero-types.ts';
import { FakeCluster } from '../../test/fakes/fake-authority.ts';
import { stampClaims } from '../../test/fakes/sample-claims.ts';
import { judgePrefixes } from './shared-prefixes.ts';

const [prod, dr] = await Promise.all([FakeCluster.create('prod'), FakeCluster.create('dr')]);
const [ofProd, ofDr] = await Promise.all([prod.issueStamp(stampClaims(prod)), dr.issueStamp(stampClaims(dr))]);

const backup = (storageLocation: string, stamp?: string): Backup => ({
  apiVersion: 'velero.io/v1',
  kind: 'Backup',
  metadata: {
    namespace: 'velero',
    name: 'b',
    ...(stamp === undefined ? {} : { annotations: { [ANNOTATIONS.stamp]: stamp } }),
  },
  spec: { storageLocation },
});

test('T26: a location with stamps of two clusters is named, with both', () => {
  const backups = [backup('default', ofProd), backup('default', ofProd), backup('default', ofDr), backup('dr', ofDr)];
  expect(judgePrefixes(backups)).toEqual([
    {
      state: 'warning',
      what: `location "velero/default" is written to by 2 clusters: 2 backups of cluster "${prod.id}", 1 backup of cluster "${dr.id}"`,
      mend: expect.stringContaining('a prefix of its own'),
    },
  ]);
});

test('T26: a location of its own for each cluster is right; backups without a readable stamp say nothing', () => {
  const backups = [backup('default', ofProd), backup('dr', ofDr), backup('default'), backup('default', 'e30.e30.AA')];
  expect(judgePrefixes(backups)).toEqual([{ state: 'ok', what: 'no location holds stamps of two clusters' }]);
});
