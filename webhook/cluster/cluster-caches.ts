import { type AccessRequest, ANSWERED } from '../../api/kinds/access-request.ts';
import { ACTIVE_ELSEWHERE, type ApplicationGroup } from '../../api/kinds/application-group.ts';
import type { ClusterIdentity } from '../../api/kinds/cluster-identity.ts';
import { findCondition } from '../../api/kinds/condition.ts';
import type { NamespaceClaim } from '../../api/kinds/namespace-claim.ts';
import type { KubeObject, Stored, StoredMeta } from '../../api/kinds/object-meta.ts';
import type { Recovery, RecoveryStatus } from '../../api/kinds/recovery.ts';
import type { RecoveryPolicy } from '../../api/kinds/recovery-policy.ts';
import { CORE, type Namespace, type NodeObject } from '../../api/kubernetes/core-types.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { OWN, type ResourceType, resourceType } from '../../api/kubernetes/resource-type.ts';
import { ANNOTATIONS, LABELS, REQUESTS_NAMESPACE } from '../../api/names.ts';
import {
  type Backup,
  type BackupStorageLocation,
  type Restore,
  TERMINAL_RESTORE_PHASES,
  VELERO,
} from '../../api/velero/velero-types.ts';
import type { Logger } from '../observability/logger.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { BackupView, ClaimView, GroupView, LocationView, NamespaceView, PolicyView } from '../state/views.ts';
import { Reflector } from './reflector.ts';

/** Where a node is, as its provider wrote it. */
export interface NodePlace {
  readonly name: string;
  readonly cloud?: string;
  readonly region?: string;
}

/** What is kept of a Recovery: who runs where, how far it is and how it ended; no tokens, no checks. */
export interface RecoveryView {
  readonly metadata: StoredMeta;
  readonly spec: Pick<Recovery['spec'], 'requester'>;
  readonly status?: Pick<RecoveryStatus, 'groupID' | 'point' | 'conditions' | 'progress' | 'workloads'>;
}

export type RestoreView = Pick<Stored<Restore>, 'metadata'> & { readonly hasEnded: boolean };

/** Every resource that the catalogue follows. */
export interface ClusterCaches {
  readonly namespaces: Reflector<Namespace, NamespaceView>;
  readonly nodes: Reflector<NodeObject, NodePlace>;
  readonly identities: Reflector<ClusterIdentity, Stored<ClusterIdentity>>;
  readonly groups: Reflector<ApplicationGroup, GroupView>;
  readonly claims: Reflector<NamespaceClaim, ClaimView>;
  readonly requests: Reflector<AccessRequest, Stored<AccessRequest>>;
  readonly recoveries: Reflector<Recovery, RecoveryView>;
  readonly policies: Reflector<RecoveryPolicy, PolicyView>;
  readonly backups: Reflector<Backup, BackupView>;
  readonly locations: Reflector<BackupStorageLocation, LocationView>;
  readonly restores: Reflector<Restore, RestoreView>;
  readonly definitions: Reflector<KubeObject, string>;
  readonly all: readonly Reflector<KubeObject, unknown>[];
}

const crds = resourceType<KubeObject>(
  'apiextensions.k8s.io/v1',
  'CustomResourceDefinition',
  'customresourcedefinitions',
  false,
);

const namespaceView = ({ metadata }: Stored<Namespace>): NamespaceView => {
  const { name, uid, annotations, labels } = metadata;
  const reservedBy = annotations?.[ANNOTATIONS.reservedBy];
  const mark = labels?.[LABELS.recovering];
  const group = annotations?.[ANNOTATIONS.group];
  return {
    name,
    uid,
    terminating: metadata.deletionTimestamp !== undefined,
    ...(reservedBy === undefined ? {} : { reservedBy }),
    ...(mark === undefined ? {} : { mark }),
    ...(group === undefined ? {} : { group }),
  };
};

/** Cloud from the scheme of `spec.providerID` (`aws:///zone/instance`), region from the well-known label. */
const nodePlace = ({ metadata, spec }: Stored<NodeObject>): NodePlace => {
  const cloud = /^([a-z][a-z0-9+.-]*):\/\//.exec(spec?.providerID ?? '')?.[1];
  const region = metadata.labels?.['topology.kubernetes.io/region'];
  return { name: metadata.name, ...(cloud ? { cloud } : {}), ...(region ? { region } : {}) };
};

/** A group as its object and the status that the controller wrote tell it. */
export const groupView = ({ metadata, spec, status }: Stored<ApplicationGroup>): GroupView => {
  const ready = findCondition(status?.conditions, 'Ready');
  const elsewhere = findCondition(status?.conditions, ACTIVE_ELSEWHERE);
  return {
    uid: metadata.uid,
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    requested: spec.namespaces,
    claimed: status?.namespaces ?? [],
    owners: spec.owners,
    deleting: metadata.deletionTimestamp !== undefined,
    ready: ready?.status === 'True',
    registered: metadata.annotations?.[ANNOTATIONS.registeredAs] !== undefined,
    message: ready?.message ?? 'the catalogue has not looked at it yet',
    points: status?.points ?? 0,
    ...(status?.groupID === undefined ? {} : { id: status.groupID }),
    ...(spec.destinations === undefined ? {} : { destinations: spec.destinations }),
    ...(status?.newestPoint === undefined ? {} : { newestPoint: status.newestPoint }),
    ...(status?.activeSince === undefined ? {} : { activeSince: status.activeSince }),
    ...(elsewhere?.status === 'True' ? { activeElsewhere: elsewhere.message } : {}),
  };
};

const claimView = ({ metadata, spec }: Stored<NamespaceClaim>): ClaimView => ({
  namespaceUid: metadata.name,
  namespace: spec.namespace,
  groupId: spec.groupID,
  group: spec.group,
});

/** A Backup without what no decision reads. */
export const backupView = ({ metadata, spec, status }: Stored<Backup>): BackupView => {
  const stamp = metadata.annotations?.[ANNOTATIONS.stamp];
  const adoptedStamp = metadata.annotations?.[ANNOTATIONS.adoptedStamp];
  const keySuccession = metadata.annotations?.[ANNOTATIONS.keySuccession];
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    uid: metadata.uid,
    location: spec.storageLocation ?? '',
    selection: spec,
    status: status ?? {},
    deleting: metadata.deletionTimestamp !== undefined || status?.phase === 'Deleting',
    ...(stamp === undefined ? {} : { stamp }),
    ...(adoptedStamp === undefined ? {} : { adoptedStamp }),
    ...(keySuccession === undefined ? {} : { keySuccession }),
  };
};

const locationView = ({ metadata, spec, status }: Stored<BackupStorageLocation>): LocationView => ({
  namespace: metadata.namespace ?? '',
  name: metadata.name,
  phase: status?.phase ?? 'Unknown',
  ...(status?.lastValidationTime ? { lastValidationTime: status.lastValidationTime } : {}),
  ...(spec?.validationFrequency ? { validationFrequency: spec.validationFrequency } : {}),
});

/** Without the record of who wrote which field, which is most of a small object. */
const ownMetadata = (metadata: StoredMeta): StoredMeta => {
  const { managedFields: _, ...own } = metadata as StoredMeta & { readonly managedFields?: unknown };
  return own;
};

/** An AccessRequest that is answered is kept for who asked and when; the answer, with its grant, is not. */
const requestView = (request: Stored<AccessRequest>): Stored<AccessRequest> => {
  const metadata = ownMetadata(request.metadata);
  const { conditions } = request.status ?? {};
  if (conditions === undefined || findCondition(conditions, ANSWERED) === undefined) return { ...request, metadata };
  const { requester } = request.spec;
  return { ...request, metadata, spec: { wants: {}, ...(requester ? { requester } : {}) }, status: { conditions } };
};

const recoveryView = ({ metadata, spec, status }: Stored<Recovery>): RecoveryView => {
  const { groupID, point, conditions, progress, workloads } = status ?? {};
  return {
    metadata: ownMetadata(metadata),
    spec: spec.requester === undefined ? {} : { requester: spec.requester },
    status: {
      ...(groupID ? { groupID } : {}),
      ...(point ? { point } : {}),
      ...(conditions ? { conditions } : {}),
      ...(progress ? { progress } : {}),
      ...(workloads ? { workloads } : {}),
    },
  };
};

export interface CacheOptions {
  readonly client: KubeClient;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly clock: () => number;
}

export const createCaches = ({ client, log, metrics, clock }: CacheOptions): ClusterCaches => {
  const all: Reflector<KubeObject, unknown>[] = [];
  const follow = <Resource extends KubeObject, Kept>(
    type: ResourceType<Resource>,
    keep: (object: Stored<Resource>) => Kept,
    namespace?: string,
  ): Reflector<Resource, Kept> => {
    const options = { client, type, keep, log, metrics, clock };
    const reflector = new Reflector<Resource, Kept>(namespace === undefined ? options : { ...options, namespace });
    all.push(reflector as unknown as Reflector<KubeObject, unknown>);
    return reflector;
  };
  const whole = <Resource extends KubeObject>(object: Stored<Resource>) => object;
  return {
    namespaces: follow(CORE.namespaces, namespaceView),
    nodes: follow(CORE.nodes, nodePlace),
    identities: follow(OWN.clusterIdentities, whole),
    groups: follow(OWN.applicationGroups, groupView),
    claims: follow(OWN.namespaceClaims, claimView),
    requests: follow(OWN.accessRequests, requestView, REQUESTS_NAMESPACE),
    recoveries: follow(OWN.recoveries, recoveryView, REQUESTS_NAMESPACE),
    policies: follow(OWN.recoveryPolicies, ({ metadata, spec }) => ({
      name: metadata.name,
      generation: metadata.generation ?? 0,
      spec,
    })),
    backups: follow(VELERO.backups, backupView),
    locations: follow(VELERO.backupStorageLocations, locationView),
    restores: follow(VELERO.restores, ({ metadata, status }) => ({
      metadata: ownMetadata(metadata),
      hasEnded: TERMINAL_RESTORE_PHASES.has(status?.phase ?? ''),
    })),
    definitions: follow(crds, ({ metadata }) => metadata.name),
    all,
  };
};
