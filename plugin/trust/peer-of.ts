import type { ClusterIdentity } from '../../api/kinds/cluster-identity.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { GROUP_VERSION, SELF_IDENTITY } from '../../api/names.ts';
import { writtenKeys } from '../../api/peer-keys.ts';
import { RecoverError } from '../../api/recover-error.ts';
import type { ClusterAccess } from '../cluster/connect.ts';

/** A peer's ClusterIdentity, with the ID that each has. */
export type Peer = ClusterIdentity & { readonly spec: { readonly clusterID: string } };

/** A name for a peer from that of its context. */
export const peerName = (context: string): string =>
  context
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]+/g, '-')
    .replaceAll(/^[-.]+|[-.]+$/g, '');

/** A cluster as its peers hold it: place, and every key that signs, will sign or has signed. */
export const selfAsPeer = async (access: ClusterAccess, name = peerName(access.context)): Promise<Peer> => {
  const self = await access.call(client => client.get(OWN.clusterIdentities, { name: SELF_IDENTITY }));
  const { clusterID, cloud, region, keys } = self.status ?? {};
  if (clusterID === undefined || keys === undefined || keys.length === 0) {
    throw new RecoverError({
      code: 'CatalogueMissing',
      message: `the catalogue of cluster "${access.context}" has not told its keys yet`,
      mend: 'wait until it is ready, then run the command again',
    });
  }
  return {
    apiVersion: GROUP_VERSION,
    kind: 'ClusterIdentity',
    metadata: { name },
    spec: {
      clusterID,
      ...(cloud === undefined ? {} : { cloud }),
      ...(region === undefined ? {} : { region }),
      keys,
    },
  };
};

/** A peer as it is decided here, with the announced keys that count, without what the API server added. */
export const asFile = (peer: ClusterIdentity): ClusterIdentity => ({
  apiVersion: GROUP_VERSION,
  kind: 'ClusterIdentity',
  metadata: { name: peer.metadata.name },
  spec: { ...peer.spec, keys: writtenKeys(peer) },
});
