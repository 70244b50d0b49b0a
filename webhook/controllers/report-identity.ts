import { digestOf } from '../../api/digest.ts';
import type { ClusterIdentity } from '../../api/kinds/cluster-identity.ts';
import { isAlreadyExists } from '../../api/kubernetes/api-error.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { GROUP_VERSION, SELF_IDENTITY } from '../../api/names.ts';
import type { LiveClusterState } from '../cluster/live-cluster-state.ts';
import type { Mode } from '../cluster/mode.ts';
import type { OwnKeys } from '../keys/own-keys.ts';
import { ownKeys } from '../keys/trusted-keys.ts';

export interface IdentityReport {
  readonly client: KubeClient;
  readonly state: LiveClusterState;
  readonly keys: OwnKeys;
  readonly mode: () => Mode;
  readonly version: string;
}

const newSelf: ClusterIdentity = {
  apiVersion: GROUP_VERSION,
  kind: 'ClusterIdentity',
  metadata: { name: SELF_IDENTITY },
  spec: {},
};

const readOrCreate = async (client: KubeClient) => {
  const existing = await client.find(OWN.clusterIdentities, { name: SELF_IDENTITY });
  if (existing) return existing;
  try {
    return await client.create(OWN.clusterIdentities, newSelf);
  } catch (error) {
    if (isAlreadyExists(error)) return client.get(OWN.clusterIdentities, { name: SELF_IDENTITY });
    throw error;
  }
};

/** Tells in `ClusterIdentity/self` what this cluster is: ID, place, public keys, version, mode. */
export const reportIdentity = async ({ client, state, keys, mode, version }: IdentityReport): Promise<void> => {
  const self = await readOrCreate(client);
  const { id, cloud, region } = state.self().cluster;
  const status: NonNullable<ClusterIdentity['status']> = {
    clusterID: id,
    ...(cloud === undefined ? {} : { cloud }),
    ...(region === undefined ? {} : { region }),
    keys: ownKeys(keys.publicKeys(), self.spec.keys),
    version,
    mode: mode(),
  };
  if (digestOf(status) === digestOf(self.status ?? {})) return;
  await client.replace(OWN.clusterIdentities, { ...self, status }, { subresource: 'status' });
};
