import { pino } from 'pino';
import type { ApplicationGroup, ApplicationGroupStatus } from '../../api/kinds/application-group.ts';
import type { ClusterIdentity } from '../../api/kinds/cluster-identity.ts';
import type { NamespaceRef, Owner } from '../../api/kinds/group-parts.ts';
import { CORE } from '../../api/kubernetes/core-types.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { ANNOTATIONS, GROUP_VERSION } from '../../api/names.ts';
import { type Backup, VELERO } from '../../api/velero/velero-types.ts';
import { type ClusterCaches, createCaches } from '../../webhook/cluster/cluster-caches.ts';
import { Discovery } from '../../webhook/cluster/discovery.ts';
import { LiveClusterState } from '../../webhook/cluster/live-cluster-state.ts';
import type { Logger } from '../../webhook/observability/logger.ts';
import { createMetrics, type Metrics } from '../../webhook/observability/metrics.ts';
import { FakeCluster, NOW, uidOf } from './fake-authority.ts';
import { FakeObjectServer } from './fake-object-server.ts';
import { START_TIME } from './sample-claims.ts';

/** The user that Velero acts under in the tests. */
export const VELERO_USERNAME = 'system:serviceaccount:velero:velero';

export interface GroupPart {
  readonly namespaces?: string[];
  /** Users who own it. */
  readonly owners?: readonly string[];
  readonly spec?: Partial<ApplicationGroup['spec']>;
  readonly status?: ApplicationGroupStatus;
  readonly deleting?: boolean;
}

/**
 * The catalogue's real copies of a cluster, kept true by list and watch of a real server: what a test puts there is
 * what the catalogue sees.
 */
export class LiveCatalogue {
  readonly cluster: FakeCluster;
  readonly server: FakeObjectServer;
  readonly caches: ClusterCaches;
  readonly state: LiveClusterState;
  readonly metrics: Metrics = createMetrics();
  readonly log: Logger = pino({ level: 'silent' });
  /** The clock of the catalogue. */
  nowMs = NOW.getTime();

  private constructor(cluster: FakeCluster, server: FakeObjectServer) {
    this.cluster = cluster;
    this.server = server;
    const { log, metrics } = this;
    const { client } = server;
    const clock = () => this.nowMs;
    this.caches = createCaches({ client, log, metrics, clock });
    this.state = new LiveClusterState({
      client,
      caches: this.caches,
      discovery: new Discovery(client, log, clock),
      keys: { publicKeys: () => cluster.publicKeys() },
      clusterId: cluster.id,
      backupErrors: () => ({ outcome: 'unknown' }),
      clock,
    });
  }

  /** A cluster with Velero and nothing else, not yet followed. */
  static async create(): Promise<LiveCatalogue> {
    const cluster = await FakeCluster.create('prod', { cloud: 'aws', region: 'eu-central-1' });
    const catalogue = new LiveCatalogue(cluster, await FakeObjectServer.start());
    catalogue.putIdentity('self', {
      cloud: 'aws',
      region: 'eu-central-1',
      velero: [{ namespace: 'velero', serviceAccount: 'velero' }],
    });
    catalogue.server.put(VELERO.backupStorageLocations, {
      apiVersion: 'velero.io/v1',
      kind: 'BackupStorageLocation',
      metadata: { namespace: 'velero', name: 'default' },
      status: { phase: 'Available' },
    });
    return catalogue;
  }

  /** Follows the cluster; what is there is seen when this is done. */
  async follow(): Promise<void> {
    await Promise.all(this.caches.all.map(cache => cache.start()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.caches.all.map(cache => cache.stop()));
    await this.server.stop();
  }

  /** How often this came of a Backup that began. */
  async stampsCounted(outcome: string): Promise<number> {
    const { values } = await this.metrics.stamps.get();
    return values.find(({ labels }) => labels.outcome === outcome)?.value ?? 0;
  }

  putIdentity(name: string, spec: ClusterIdentity['spec']): void {
    this.server.put(OWN.clusterIdentities, {
      apiVersion: GROUP_VERSION,
      kind: 'ClusterIdentity',
      metadata: { name },
      spec,
    });
  }

  putNamespace(name: string, uid = uidOf(`namespace ${name}`)): void {
    this.server.put(CORE.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name, uid } });
  }

  putClaim(namespace: string, groupID: string, uid = uidOf(`namespace ${namespace}`)): void {
    this.server.put(OWN.namespaceClaims, {
      apiVersion: GROUP_VERSION,
      kind: 'NamespaceClaim',
      metadata: { name: uid },
      spec: { namespace, groupID, group: { namespace: 'shop', name: 'shop' } },
    });
  }

  groupId(name: string): string {
    return `${this.cluster.id}/${uidOf(`group ${name}`)}`;
  }

  /** A settled group, in a namespace of its name, with its namespaces there and claimed. */
  putGroup(name: string, { namespaces = [name], owners = ['alice'], ...rest }: GroupPart = {}): void {
    const refs: NamespaceRef[] = namespaces.map(each => ({ name: each, uid: uidOf(`namespace ${each}`) }));
    for (const { name: each } of refs) {
      this.putNamespace(each);
      this.putClaim(each, this.groupId(name));
    }
    this.putBareGroup(name, {
      spec: { namespaces, owners: owners.map((owner): Owner => ({ kind: 'User', name: owner })), ...rest.spec },
      status: {
        groupID: this.groupId(name),
        namespaces: refs,
        conditions: [
          { type: 'Ready', status: 'True', reason: 'Claimed', message: 'held', lastTransitionTime: START_TIME },
        ],
        ...rest.status,
      },
      ...(rest.deleting ? { deleting: true } : {}),
    });
  }

  /** A group as it is written, with nothing around it. */
  putBareGroup(
    name: string,
    part: Pick<ApplicationGroup, 'spec' | 'status'> & { readonly deleting?: boolean; readonly namespace?: string },
  ): void {
    const { deleting, namespace = name, ...rest } = part;
    this.server.put(OWN.applicationGroups, {
      apiVersion: GROUP_VERSION,
      kind: 'ApplicationGroup',
      metadata: {
        namespace,
        name,
        uid: uidOf(`group ${name}`),
        ...(deleting ? { deletionTimestamp: START_TIME } : {}),
      },
      ...rest,
    });
  }

  /** A completed Backup of everything, with a stamp or without. */
  putBackup(
    name: string,
    stamp: string | undefined,
    part: Partial<Backup> & { readonly namespace?: string } = {},
  ): void {
    const { namespace = 'velero', ...rest } = part;
    this.server.put(VELERO.backups, {
      apiVersion: 'velero.io/v1',
      kind: 'Backup',
      metadata: { namespace, name, annotations: stamp === undefined ? {} : { [ANNOTATIONS.stamp]: stamp } },
      spec: { includedNamespaces: ['*'], storageLocation: 'default' },
      status: { phase: 'Completed', startTimestamp: START_TIME },
      ...rest,
    });
  }
}
