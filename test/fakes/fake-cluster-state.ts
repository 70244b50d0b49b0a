import type { ClusterKey } from '../../api/kinds/cluster-identity.ts';
import type { Requester } from '../../api/kinds/requester.ts';
import { RecoverError } from '../../api/recover-error.ts';
import type { KeyLookup } from '../../api/tokens/verify-token.ts';
import type { ServedResource } from '../../api/velero/restore-spec.ts';
import { StampVerifier } from '../../webhook/cluster/stamp-verifier.ts';
import { lookUpKey } from '../../webhook/keys/trusted-keys.ts';
import type { BackupErrors, ClusterState, StampVerdict } from '../../webhook/state/cluster-state.ts';
import type {
  BackupView,
  ClaimView,
  GroupView,
  LocationView,
  NamespaceView,
  PeerView,
  PolicyView,
  SelfView,
} from '../../webhook/state/views.ts';
import { type FakeCluster, NOW, uidOf } from './fake-authority.ts';

/** A little of what an API server with Velero and the catalogue serves. */
export const SERVED: readonly ServedResource[] = [
  { group: '', plural: 'configmaps', namespaced: true },
  { group: '', plural: 'pods', namespaced: true },
  { group: '', plural: 'persistentvolumeclaims', namespaced: true },
  { group: '', plural: 'namespaces', namespaced: false },
  { group: '', plural: 'nodes', namespaced: false },
  { group: '', plural: 'persistentvolumes', namespaced: false },
  { group: 'apps', plural: 'deployments', namespaced: true },
  { group: 'rbac.authorization.k8s.io', plural: 'clusterroles', namespaced: false },
  { group: 'rbac.authorization.k8s.io', plural: 'rolebindings', namespaced: true },
  { group: 'velero.io', plural: 'backups', namespaced: true },
  { group: 'velero.io', plural: 'schedules', namespaced: true },
  { group: 'kubectl-recover.io', plural: 'clusteridentities', namespaced: false },
  { group: 'kubectl-recover.io', plural: 'recoveries', namespaced: true },
];

/** A policy that allows all that a policy can allow, unless told. */
export const policyView = (spec: Partial<PolicyView['spec']> = {}, name = 'default', generation = 1): PolicyView => ({
  name,
  generation,
  spec: {
    newNamespaces: { sameName: true, groupPrefix: true },
    existingResources: ['Keep', 'Update'],
    volumes: ['Restore', 'Skip'],
    partiallyFailedPoints: 'WhenOwnNamespacesClean',
    preparedGrants: { maxLifeSeconds: 604_800, destinations: ['Cluster', 'Place'] },
    adoptedPoints: 'Allow',
    ...spec,
  },
});

export const namespaceView = (name: string, view: Partial<NamespaceView> = {}): NamespaceView => ({
  name,
  uid: uidOf(`namespace ${name}`),
  terminating: false,
  ...view,
});

export const peerView = (of: FakeCluster, view: Partial<PeerView> = {}): PeerView => ({
  name: 'prod',
  clusterId: of.id,
  keys: of.publicKeys(),
  trustedUsers: [],
  trustedGroups: [],
  speaksFor: [],
  ...view,
});

/**
 * A cluster's live state in memory: what a test puts in is what there is. Keys are looked up and stamps verified as
 * in the live cluster.
 */
export class FakeClusterState implements ClusterState {
  selfView: SelfView;
  ownKeys: readonly ClusterKey[];
  peers: PeerView[] = [];
  groups: GroupView[] = [];
  backupViews: BackupView[] = [];
  policyViews: PolicyView[] = [policyView()];
  locations: LocationView[] = [{ namespace: 'velero', name: 'default', phase: 'Available' }];
  served: readonly ServedResource[] = SERVED;
  /** Errors of backups by name and namespace; a backup that is not here has unknown errors. */
  readonly errors = new Map<string, ReadonlyMap<string, number>>();
  /** Errors of every backup with known errors that name no namespace. */
  unattributedErrors = 0;
  readonly namespaces = new Map<string, NamespaceView>();
  readonly claims = new Map<string, ClaimView>();
  /** Users whom the catalogue has answered, and when. */
  readonly answers: { readonly username: string; readonly time: Date }[] = [];
  /** Users and the namespaces whose admins they are, as `user/namespace`. */
  readonly admins = new Set<string>();
  /** Questions that cannot be answered at the moment. */
  readonly unavailable = new Set<keyof ClusterState>();

  constructor(here: FakeCluster) {
    const { cloud = '', region = '' } = here.cluster;
    this.selfView = {
      cluster: here.cluster,
      place: { kind: 'known', cloud, region, from: 'Nodes' },
      veleroNamespaces: ['velero'],
      veleroUsernames: [],
    };
    this.ownKeys = here.publicKeys();
  }

  putNamespace(view: NamespaceView): void {
    this.namespaces.set(view.name, view);
  }

  /** Claims a namespace, by its UID, for a group. */
  claimFor(namespace: NamespaceView, groupId: string): void {
    const group = { namespace: 'shop', name: 'shop' };
    this.claims.set(namespace.uid, { namespaceUid: namespace.uid, namespace: namespace.name, groupId, group });
  }

  self(): SelfView {
    this.#ask('self');
    return this.selfView;
  }

  peer(clusterId: string): PeerView | undefined {
    this.#ask('peer');
    return this.peers.find(peer => peer.clusterId === clusterId);
  }

  allPeers(): readonly PeerView[] {
    return this.peers;
  }

  grantKey(issuer: string, kid: string): KeyLookup {
    this.#ask('grantKey');
    return lookUpKey(id => this.#keysOf(id), 'Grant', issuer, kid);
  }

  namespace(name: string): NamespaceView | undefined {
    this.#ask('namespace');
    return this.namespaces.get(name);
  }

  claim(namespaceUid: string): ClaimView | undefined {
    this.#ask('claim');
    return this.claims.get(namespaceUid);
  }

  group(groupId: string): GroupView | undefined {
    this.#ask('group');
    return this.groups.find(({ id }) => id === groupId);
  }

  backups(name: string): readonly BackupView[] {
    this.#ask('backups');
    return this.backupViews.filter(backup => backup.name === name);
  }

  async stampOf(backup: BackupView): Promise<StampVerdict> {
    this.#ask('stampOf');
    const stampKey = (issuer: string, kid: string) => lookUpKey(id => this.#keysOf(id), 'Stamp', issuer, kid);
    return new StampVerifier({ clusterId: this.selfView.cluster.id, stampKey, clock: () => NOW.getTime() }).verdictOf(
      backup,
    );
  }

  errorsOf(backup: BackupView): BackupErrors {
    this.#ask('errorsOf');
    const byNamespace = this.errors.get(backup.name);
    return byNamespace === undefined
      ? { outcome: 'unknown' }
      : { outcome: 'known', byNamespace, unattributed: this.unattributedErrors };
  }

  location(namespace: string, name: string): LocationView | undefined {
    this.#ask('location');
    return this.locations.find(location => location.namespace === namespace && location.name === name);
  }

  policies(): readonly PolicyView[] {
    this.#ask('policies');
    return this.policyViews;
  }

  servedResources(): readonly ServedResource[] {
    this.#ask('servedResources');
    return this.served;
  }

  hasAnswered(username: string, before: Date): boolean {
    this.#ask('hasAnswered');
    return this.answers.some(answer => {
      const age = before.getTime() - answer.time.getTime();
      return answer.username === username && age >= 0 && age <= 3_600_000;
    });
  }

  async isNamespaceAdmin(requester: Requester, namespace: string): Promise<boolean> {
    this.#ask('isNamespaceAdmin');
    return this.admins.has(`${requester.username}/${namespace}`);
  }

  #keysOf(clusterId: string): readonly ClusterKey[] | undefined {
    return clusterId === this.selfView.cluster.id
      ? this.ownKeys
      : this.peers.find(peer => peer.clusterId === clusterId)?.keys;
  }

  #ask(question: keyof ClusterState): void {
    if (!this.unavailable.has(question)) return;
    throw new RecoverError({ code: 'StateUnavailable', message: `nobody can tell "${question}" at the moment` });
  }
}
