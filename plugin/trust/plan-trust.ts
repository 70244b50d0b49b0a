import { digestOf } from '../../api/digest.ts';
import type { ClusterIdentity } from '../../api/kinds/cluster-identity.ts';
import type { Stored } from '../../api/kinds/object-meta.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { GROUP_VERSION, SELF_IDENTITY } from '../../api/names.ts';
import { writtenKeys } from '../../api/peer-keys.ts';
import { RecoverError } from '../../api/recover-error.ts';
import type { ClusterAccess } from '../cluster/connect.ts';
import { formerKeys, mergeKeys } from './merge-keys.ts';
import type { Peer } from './peer-of.ts';

/** Which users and groups mean the same in both clusters; empty: as it was, or as the file says. */
export interface Mapped {
  readonly users: readonly string[];
  readonly groups: readonly string[];
}

export interface TrustOptions extends Mapped {
  /** Absent: the name it has here, or that of its context or file. */
  readonly name?: string | undefined;
  /** IDs of clusters whose groups the peer took over; absent: as it was. */
  readonly speaksFor?: readonly string[];
}

/** What trusting one cluster in another comes to. */
export interface TrustPlan {
  /** What is applied. */
  readonly identity: ClusterIdentity;
  readonly change: 'new' | 'changed' | 'unchanged';
  /** The cluster itself, as it was before it was installed anew: only its former keys are taken. */
  readonly isSelf: boolean;
}

/**
 * The entry of a cluster that was built anew under an old name would overwrite that of the old one, and with its keys
 * everything that its backups still say: on the very day on which they are needed.
 */
const checkSameCluster = (name: string, existing: ClusterIdentity | undefined, clusterID: string): void => {
  const known = existing?.spec.clusterID;
  if (known === undefined || known === clusterID) return;
  const lost = existing?.spec.lost;
  throw new RecoverError({
    code: 'CheckFailed',
    message: `"${name}" is another cluster here (${known}${lost === undefined ? '' : `, lost since ${lost.since}`}), whose backups count by its keys; this one is ${clusterID}`,
    mend: `give this one another name: --name ${name}-2`,
  });
};

const changeOf = (existing: ClusterIdentity | undefined, spec: ClusterIdentity['spec']): TrustPlan['change'] => {
  if (existing === undefined) return 'new';
  return digestOf({ ...existing.spec, ...spec }) === digestOf(existing.spec) ? 'unchanged' : 'changed';
};

const planPeer = (peer: Peer, mapped: TrustOptions, existing: Stored<ClusterIdentity> | undefined): TrustPlan => {
  const trusted = peer.spec.identityTrust ?? existing?.spec.identityTrust;
  const users = mapped.users.length > 0 ? [...mapped.users] : trusted?.users;
  const groups = mapped.groups.length > 0 ? [...mapped.groups] : trusted?.groups;
  const identityTrust = { ...(users ? { users } : {}), ...(groups ? { groups } : {}) };
  const speaksFor = mapped.speaksFor?.length
    ? [...mapped.speaksFor]
    : (peer.spec.speaksFor ?? existing?.spec.speaksFor);
  const spec = {
    ...peer.spec,
    keys: mergeKeys(existing === undefined ? [] : writtenKeys(existing), peer.spec.keys ?? []),
    ...(users || groups ? { identityTrust } : {}),
    ...(speaksFor ? { speaksFor } : {}),
  };
  const { name } = existing?.metadata ?? peer.metadata;
  const identity = { apiVersion: GROUP_VERSION, kind: 'ClusterIdentity', metadata: { name }, spec } as const;
  return { identity, change: changeOf(existing, spec), isSelf: false };
};

const planSelf = (peer: Peer, self: Stored<ClusterIdentity>): TrustPlan => {
  const written = self.spec.keys ?? [];
  const spec = { keys: formerKeys(self.status?.keys ?? [], written, peer.spec.keys ?? []) };
  const metadata = { name: SELF_IDENTITY };
  const identity: ClusterIdentity = { apiVersion: GROUP_VERSION, kind: 'ClusterIdentity', metadata, spec };
  return { identity, change: digestOf(spec.keys) === digestOf(written) ? 'unchanged' : 'changed', isSelf: true };
};

/**
 * What it takes to have a cluster trust another one, by what it knows of it. A cluster that is known here keeps its
 * name, unless another is asked for.
 * @throws RecoverError `CheckFailed` where the name is taken by another cluster
 */
export const planTrust = async (destination: ClusterAccess, peer: Peer, options: TrustOptions): Promise<TrustPlan> => {
  const identities = await destination.call(client => client.listAll(OWN.clusterIdentities));
  const self = identities.find(({ metadata }) => metadata.name === SELF_IDENTITY);
  if (self?.status?.clusterID === peer.spec.clusterID) return planSelf(peer, self);
  const peers = identities.filter(({ metadata }) => metadata.name !== SELF_IDENTITY);
  const known = peers.find(({ spec }) => spec.clusterID === peer.spec.clusterID);
  const name = options.name ?? known?.metadata.name ?? peer.metadata.name;
  const existing = peers.find(({ metadata }) => metadata.name === name);
  checkSameCluster(name, existing, peer.spec.clusterID);
  return planPeer({ ...peer, metadata: { name } }, options, existing);
};

/** Writes a plan; the API server answers with what is there then. */
export const applyTrust = (
  destination: ClusterAccess,
  { identity }: TrustPlan,
  dryRun: boolean,
): Promise<Stored<ClusterIdentity>> =>
  destination.call(client =>
    client.apply(OWN.clusterIdentities, identity, { fieldManager: 'kubectl-recover', dryRun }),
  );
