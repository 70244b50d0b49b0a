import { ANSWERED } from '../../api/kinds/access-request.ts';
import type { ClusterIdentity, ClusterKey } from '../../api/kinds/cluster-identity.ts';
import { findCondition } from '../../api/kinds/condition.ts';
import type { KubeObject, Stored } from '../../api/kinds/object-meta.ts';
import type { Requester } from '../../api/kinds/requester.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { SELF_IDENTITY } from '../../api/names.ts';
import { peerKeys } from '../../api/peer-keys.ts';
import { RecoverError } from '../../api/recover-error.ts';
import type { StampClaims } from '../../api/tokens/kinds.ts';
import type { KeyLookup } from '../../api/tokens/verify-token.ts';
import type { ServedResource } from '../../api/velero/restore-spec.ts';
import type { OwnKeys } from '../keys/own-keys.ts';
import { lookUpKey, ownKeys } from '../keys/trusted-keys.ts';
import type { BackupErrors, ClusterState, StampVerdict } from '../state/cluster-state.ts';
import type {
  BackupView,
  ClaimView,
  GroupView,
  LocationView,
  NamespaceView,
  PeerView,
  PolicyView,
  SelfView,
} from '../state/views.ts';
import type { ClusterCaches } from './cluster-caches.ts';
import { clusterPlace } from './cluster-place.ts';
import type { Discovery } from './discovery.ts';
import { isNamespaceAdmin } from './namespace-admin.ts';
import type { Reflector } from './reflector.ts';
import { readRevokedStamp } from './revoked-stamp.ts';
import { StampVerifier } from './stamp-verifier.ts';

const HOUR_MS = 3_600_000;

export interface LiveClusterStateOptions {
  readonly client: KubeClient;
  readonly caches: ClusterCaches;
  readonly discovery: Discovery;
  readonly keys: Pick<OwnKeys, 'publicKeys'>;
  /** UID of the namespace kube-system. */
  readonly clusterId: string;
  readonly backupErrors: (backup: BackupView) => BackupErrors;
  readonly clock: () => number;
}

const peerView = ({ metadata, spec, status }: Stored<ClusterIdentity>): PeerView => ({
  name: metadata.name,
  clusterId: spec.clusterID ?? '',
  keys: peerKeys({ spec, ...(status === undefined ? {} : { status }) }),
  trustedUsers: spec.identityTrust?.users ?? [],
  trustedGroups: spec.identityTrust?.groups ?? [],
  speaksFor: spec.speaksFor ?? [],
  ...(spec.lost === undefined ? {} : { lostSince: spec.lost.since }),
});

/** The cluster as the catalogue's copies of it tell; each question is refused while its copy is stale. */
export class LiveClusterState implements ClusterState {
  readonly #options: LiveClusterStateOptions;
  readonly #stamps: StampVerifier;

  constructor(options: LiveClusterStateOptions) {
    this.#options = options;
    this.#stamps = new StampVerifier({
      clusterId: options.clusterId,
      clock: options.clock,
      stampKey: (issuer, kid) => lookUpKey(id => this.#keysOf(id), 'Stamp', issuer, kid),
    });
    options.caches.identities.onChange(() => this.#stamps.keysChanged());
  }

  /** Stamps are judged anew, since the keys of this cluster are others. */
  keysChanged(): void {
    this.#stamps.keysChanged();
  }

  self(): SelfView {
    const { velero = [], ...declared } = this.#identity(SELF_IDENTITY)?.spec ?? {};
    const place = clusterPlace([...this.#fresh(this.#options.caches.nodes).values()], declared);
    const id = this.#options.clusterId;
    return {
      cluster: place.kind === 'known' ? { id, cloud: place.cloud, region: place.region } : { id },
      place,
      veleroNamespaces: velero.map(({ namespace }) => namespace),
      veleroUsernames: velero.map(
        ({ namespace, serviceAccount }) => `system:serviceaccount:${namespace}:${serviceAccount}`,
      ),
    };
  }

  peer(clusterId: string): PeerView | undefined {
    for (const identity of this.#fresh(this.#options.caches.identities).values()) {
      if (identity.metadata.name !== SELF_IDENTITY && identity.spec.clusterID === clusterId) return peerView(identity);
    }
    return undefined;
  }

  allPeers(): readonly PeerView[] {
    return [...this.#fresh(this.#options.caches.identities).values()]
      .filter(({ metadata }) => metadata.name !== SELF_IDENTITY)
      .map(peerView);
  }

  grantKey(issuer: string, kid: string): KeyLookup {
    return lookUpKey(id => this.#keysOf(id), 'Grant', issuer, kid);
  }

  namespace(name: string): NamespaceView | undefined {
    return this.#fresh(this.#options.caches.namespaces).get(name);
  }

  claim(namespaceUid: string): ClaimView | undefined {
    return this.#fresh(this.#options.caches.claims).get(namespaceUid);
  }

  group(groupId: string): GroupView | undefined {
    for (const group of this.#fresh(this.#options.caches.groups).values()) {
      if (group.id === groupId && !group.deleting) return group;
    }
    return undefined;
  }

  backups(name: string): readonly BackupView[] {
    const backups = this.#fresh(this.#options.caches.backups);
    return this.self().veleroNamespaces.flatMap(namespace => backups.get(`${namespace}/${name}`) ?? []);
  }

  /** Every Backup in the Velero namespaces. */
  allBackups(): BackupView[] {
    const namespaces = new Set(this.self().veleroNamespaces);
    return [...this.#fresh(this.#options.caches.backups).values()].filter(({ namespace }) => namespaces.has(namespace));
  }

  /** Every group of this cluster. */
  allGroups(): GroupView[] {
    return [...this.#fresh(this.#options.caches.groups).values()];
  }

  /** Every claim, tombstones of namespaces that are gone included. */
  allClaims(): ClaimView[] {
    return [...this.#fresh(this.#options.caches.claims).values()];
  }

  stampOf(backup: BackupView): Promise<StampVerdict> {
    return this.#stamps.verdictOf(backup);
  }

  /** What a stamp of a revoked key says, for who takes it over. @throws RecoverError if it is none */
  revokedStampOf(backup: BackupView): Promise<StampClaims> {
    return readRevokedStamp(backup, id => this.#keysOf(id), new Date(this.#options.clock()));
  }

  errorsOf(backup: BackupView): BackupErrors {
    return this.#options.backupErrors(backup);
  }

  location(namespace: string, name: string): LocationView | undefined {
    return this.#fresh(this.#options.caches.locations).get(`${namespace}/${name}`);
  }

  policies(): readonly PolicyView[] {
    return [...this.#fresh(this.#options.caches.policies).values()];
  }

  servedResources(): readonly ServedResource[] {
    return this.#options.discovery.resources();
  }

  hasAnswered(username: string, before: Date): boolean {
    for (const { spec, status } of this.#fresh(this.#options.caches.requests).values()) {
      const answered = findCondition(status?.conditions, ANSWERED);
      if (spec.requester?.username !== username || answered?.status !== 'True') continue;
      // A request that waited for its answer told nothing meanwhile.
      const age = before.getTime() - Date.parse(answered.lastTransitionTime);
      if (age >= 0 && age <= HOUR_MS) return true;
    }
    return false;
  }

  isNamespaceAdmin(requester: Requester, namespace: string): Promise<boolean> {
    return isNamespaceAdmin(this.#options.client, requester, namespace);
  }

  /** Names of what is stale; nothing, if decisions may be made. */
  staleResources(): string[] {
    return this.#options.caches.all.filter(cache => !cache.isFresh()).map(cache => cache.resource);
  }

  #identity(name: string): Stored<ClusterIdentity> | undefined {
    return this.#fresh(this.#options.caches.identities).get(name);
  }

  #keysOf(clusterId: string): readonly ClusterKey[] | undefined {
    if (clusterId !== this.#options.clusterId) return this.peer(clusterId)?.keys;
    return ownKeys(this.#options.keys.publicKeys(), this.#identity(SELF_IDENTITY)?.spec.keys);
  }

  #fresh<Resource extends KubeObject, Kept>(cache: Reflector<Resource, Kept>): Reflector<Resource, Kept> {
    if (cache.isFresh()) return cache;
    throw new RecoverError({
      code: 'StateUnavailable',
      message: `the catalogue has lost sight of ${cache.resource} and refuses rather than guess`,
      mend: 'try again shortly; an operator looks at the connection of the catalogue to the API server',
    });
  }
}
