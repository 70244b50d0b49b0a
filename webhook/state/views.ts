import type { ClusterKey } from '../../api/kinds/cluster-identity.ts';
import type { Cluster, Destination, NamespaceRef, Owner } from '../../api/kinds/group-parts.ts';
import type { RecoveryPolicySpec } from '../../api/kinds/recovery-policy.ts';
import type { WatchedLocation } from '../../api/velero/velero-silence.ts';
import type { BackupSelection, BackupStatus } from '../../api/velero/velero-types.ts';

/** What decisions rest on: the fields of live objects that a check reads, and no more. */

export interface NamespaceView {
  readonly name: string;
  readonly uid: string;
  readonly terminating: boolean;
  /** Hash of the Recovery that it was made for. */
  readonly reservedBy?: string;
  /** Hash of the Recovery that runs into it. */
  readonly mark?: string;
  /** The group, as namespace/name, that a ServiceAccount may claim it for. */
  readonly group?: string;
}

export interface ClaimView {
  readonly namespaceUid: string;
  readonly namespace: string;
  readonly groupId: string;
  readonly group: { readonly namespace: string; readonly name: string };
}

export interface GroupView {
  /** Absent until the controller has settled it. */
  readonly id?: string;
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** Namespaces as asked for in its spec. */
  readonly requested: readonly string[];
  /** As claimed, not as asked for; a namespace that was deleted since is among them with its last UID. */
  readonly claimed: readonly NamespaceRef[];
  readonly owners: readonly Owner[];
  readonly destinations?: readonly Destination[];
  readonly deleting: boolean;
  readonly ready: boolean;
  readonly message: string;
  readonly points: number;
  readonly newestPoint?: { readonly name: string; readonly time: string };
  /** Whether the catalogue registered it under an ID from elsewhere or from before. */
  readonly registered?: boolean;
  /** RFC 3339; since when this copy of the group is the active one, after it was recovered or claimed here. */
  readonly activeSince?: string;
  /** Where another copy of the group became the active one since, as a sentence. */
  readonly activeElsewhere?: string;
}

export interface PeerView {
  readonly name: string;
  readonly clusterId: string;
  readonly keys: readonly ClusterKey[];
  readonly trustedUsers: readonly string[];
  readonly trustedGroups: readonly string[];
  /** Clusters whose groups it took over, by the word of an operator here. */
  readonly speaksFor: readonly string[];
  /** RFC 3339; since when an operator has declared the cluster lost. */
  readonly lostSince?: string;
}

export interface LocationView extends WatchedLocation {
  readonly namespace: string;
  readonly name: string;
  readonly phase: string;
}

export interface BackupView {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly location: string;
  readonly selection: BackupSelection;
  readonly status: BackupStatus;
  readonly deleting: boolean;
  /** The annotation as found; nothing in it is believed before it is verified. */
  readonly stamp?: string;
  /** The same, of what this cluster said of it later. */
  readonly adoptedStamp?: string;
  /** The same, of what keys of its cluster say of the keys after them. */
  readonly keySuccession?: string;
}

export interface PolicyView {
  readonly name: string;
  readonly generation: number;
  readonly spec: RecoveryPolicySpec;
}

/** Where this cluster is and who says so, or why that cannot be told. */
export type PlaceView =
  | {
      readonly kind: 'known';
      readonly cloud: string;
      readonly region: string;
      readonly from: 'Nodes' | 'Declared';
    }
  | { readonly kind: 'unknown'; readonly message: string }
  | { readonly kind: 'contradictory'; readonly message: string };

/** This cluster as it knows itself. */
export interface SelfView {
  /** With cloud and region if its place is known. */
  readonly cluster: Cluster;
  readonly place: PlaceView;
  /** Namespaces of the Velero installations that the operator confirmed, and the user names Velero acts under. */
  readonly veleroNamespaces: readonly string[];
  readonly veleroUsernames: readonly string[];
}
