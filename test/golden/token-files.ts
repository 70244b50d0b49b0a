import { stringify } from 'yaml';
import type { ClusterKey } from '../../api/kinds/cluster-identity.ts';
import { ANNOTATIONS, GROUP_VERSION } from '../../api/names.ts';
import { appGroupToken, stampToken } from '../../api/tokens/kinds.ts';
import { signToken } from '../../api/tokens/sign-token.ts';
import { EXAMPLE_KEY, exampleSigningKey } from '../fakes/example-key.ts';
import { FakeCluster, FakeHolder } from '../fakes/fake-authority.ts';
import { grantClaims, stampClaims } from '../fakes/sample-claims.ts';

const identity = ({ id }: FakeCluster, use: ClusterKey['use']): string =>
  stringify({
    ...{ apiVersion: GROUP_VERSION, kind: 'ClusterIdentity', metadata: { name: 'prod' } },
    spec: { clusterID: id, keys: [{ ...EXAMPLE_KEY, use }] },
  });

/** A Backup with its stamp, as of `kubectl get -o yaml`, and the keys of its cluster. */
export const stampedBackup = async (): Promise<Readonly<Record<string, string>>> => {
  const prod = await FakeCluster.create('prod', { cloud: 'aws', region: 'eu-west-1' });
  const stamp = await signToken(stampToken, stampClaims(prod), await exampleSigningKey());
  const backup = {
    ...{ apiVersion: 'velero.io/v1', kind: 'Backup' },
    metadata: { namespace: 'velero', name: 'nightly-1', annotations: { [ANNOTATIONS.stamp]: stamp } },
  };
  return { 'backup.yaml': stringify(backup), 'prod.yaml': identity(prod, 'Stamp') };
};

/** A grant of an hour ago. */
export const expiredGrant = async (): Promise<Readonly<Record<string, string>>> => {
  const prod = await FakeCluster.create('prod');
  const holder = await FakeHolder.create();
  const claims = grantClaims(prod, holder);
  // The key that it is bound to would be another one in each run.
  const cnf = { jwk: { ...EXAMPLE_KEY.jwk } };
  const old = { ...claims, cnf, iat: claims.iat - 4500, exp: claims.exp - 4500 };
  return {
    'old.txt': await signToken(appGroupToken, old, await exampleSigningKey()),
    'prod.yaml': identity(prod, 'Grant'),
  };
};
