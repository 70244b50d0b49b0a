import type { Requester } from '../../api/kinds/requester.ts';
import type { Adoption, StampClaims } from '../../api/tokens/kinds.ts';
import type { KeyLookup } from '../../api/tokens/verify-token.ts';
import type { ServedResource } from '../../api/velero/restore-spec.ts';
import type {
  BackupView,
  ClaimView,
  GroupView,
  LocationView,
  NamespaceView,
  PeerView,
  PolicyView,
  SelfView,
} from './views.ts';

/** What is known of a Backup's stamp after verifying it against the Backup that carries it. */
export type StampVerdict =
  | { readonly outcome: 'none' }
  | { readonly outcome: 'invalid'; readonly message: string }
  | {
      readonly outcome: 'valid';
      readonly claims: StampClaims;
      /** The cluster whose backup it is. */
      readonly issuer: string;
      /** Who had this cluster say so later; absent for a stamp of the backup's own cluster. */
      readonly adoption?: Adoption;
    };

/** Errors of a partially failed Backup by namespace; unknown until its results were fetched. */
export type BackupErrors =
  | { readonly outcome: 'unknown' }
  | {
      readonly outcome: 'known';
      readonly byNamespace: ReadonlyMap<string, number>;
      /** Errors that Velero lists under no namespace: failed hooks and most failed items. */
      readonly unattributed: number;
    };

/**
 * The live cluster as decisions see it. Every method tells what holds now or throws a RecoverError
 * `StateUnavailable`; none has an answer for the case that it does not know.
 */
export interface ClusterState {
  self(): SelfView;
  peer(clusterId: string): PeerView | undefined;
  /** Public grant keys of this cluster and its peers. */
  grantKey(issuer: string, kid: string): KeyLookup;
  namespace(name: string): NamespaceView | undefined;
  claim(namespaceUid: string): ClaimView | undefined;
  /** The living group with this ID in this cluster. */
  group(groupId: string): GroupView | undefined;
  /** Backups of this name in all Velero namespaces. */
  backups(name: string): readonly BackupView[];
  stampOf(backup: BackupView): Promise<StampVerdict>;
  errorsOf(backup: BackupView): BackupErrors;
  location(namespace: string, name: string): LocationView | undefined;
  policies(): readonly PolicyView[];
  servedResources(): readonly ServedResource[];
  /** Whether the catalogue answered this user within the hour before. */
  hasAnswered(username: string, before: Date): boolean;
  /** Whether the user may create RoleBindings in the namespace now: a live SubjectAccessReview. */
  isNamespaceAdmin(requester: Requester, namespace: string): Promise<boolean>;
}
