import type { ClusterIdentity } from '../../api/kinds/cluster-identity.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { SELF_IDENTITY } from '../../api/names.ts';
import { shellWord } from '../cluster/shell-word.ts';
import type { Check } from './check.ts';
import { type Finding, failed, ok, warning } from './finding.ts';

const USES = ['Grant', 'Stamp'] as const;

const sameKeys = (peer: ClusterIdentity, self: ClusterIdentity): boolean => {
  const own = new Set((self.status?.keys ?? []).map(({ kid }) => kid));
  return (peer.spec.keys ?? []).some(({ kid }) => own.has(kid));
};

const judgePeer = (peer: ClusterIdentity, self: ClusterIdentity | undefined, context: string): Finding => {
  const { name } = peer.metadata;
  const { clusterID, keys = [], identityTrust, lost } = peer.spec;
  if (self !== undefined && clusterID !== undefined && clusterID === self.status?.clusterID) {
    // One folder of identities may be applied to every cluster; a clone of this cluster's etcd looks the same.
    if (sameKeys(peer, self)) {
      return warning(
        `peer "${name}" has the ID and the keys of this cluster: it is this cluster itself, or a copy of it`,
        `an operator deletes that ClusterIdentity, which does nothing: kubectl delete clusteridentity ${name}`,
      );
    }
    return failed(
      `peer "${name}" has the ID of this cluster, "${clusterID}", but other keys: one of them was cloned from the other`,
      'an operator deletes that ClusterIdentity; a cluster that was restored from another’s etcd needs a kube-system of its own',
    );
  }
  if (self !== undefined && sameKeys(peer, self)) {
    return failed(
      `peer "${name}" signs with keys of this cluster: whoever holds the keys of one can speak for the other`,
      'an operator deletes the Secrets grant-key and stamp-key in namespace kubectl-recover-system of the copy, restarts its catalogue and trusts it anew',
    );
  }
  const trust = `an operator runs: kubectl recover cluster trust --from-context ${shellWord(name)} --context ${shellWord(context)} --name ${name}`;
  const missing = USES.filter(use => !keys.some(key => key.use === use && key.state !== 'Revoked'));
  if (missing.length > 0) {
    return warning(
      `no ${missing.map(use => use.toLowerCase()).join(' and no ')} key of peer "${name}" is trusted`,
      trust,
    );
  }
  const [users, groups] = [identityTrust?.users ?? [], identityTrust?.groups ?? []];
  if (users.length + groups.length === 0) {
    return warning(
      `no user and no group of peer "${name}" means the same here: nobody can recover from it`,
      `${trust} --users "oidc:*" (or --groups)`,
    );
  }
  return ok(
    `"${name}" is trusted: ${keys.length} keys, users ${users.join(',') || '<none>'}, groups ${groups.join(',') || '<none>'}${lost === undefined ? '' : ', declared lost'}`,
  );
};

/** Each peer by itself, and against this cluster and the other peers. */
export const judgePeers = (identities: readonly ClusterIdentity[], context: string): Finding[] => {
  const self = identities.find(({ metadata }) => metadata.name === SELF_IDENTITY);
  const peers = identities.filter(({ metadata }) => metadata.name !== SELF_IDENTITY);
  if (peers.length === 0) return [ok('no other cluster is trusted')];
  return peers.map(peer => {
    const twin = peers.find(
      ({ metadata, spec }) => metadata.name !== peer.metadata.name && spec.clusterID === peer.spec.clusterID,
    );
    if (twin === undefined) return judgePeer(peer, self, context);
    return failed(
      `peers "${peer.metadata.name}" and "${twin.metadata.name}" have the same cluster ID "${peer.spec.clusterID}"`,
      'an operator deletes the one that is not meant: kubectl delete clusteridentity NAME',
    );
  });
};

export const peers: Check = {
  name: 'peers',
  examine: async cluster => judgePeers(await cluster.list(OWN.clusterIdentities), cluster.access.context),
};
