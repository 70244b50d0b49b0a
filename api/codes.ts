/**
 * The closed list of reasons for a refusal or a failure. The same code stands in the admission answer,
 * `status.checks`, conditions, Events, metrics, the plugin's exit code and `kubectl recover explain CODE`.
 */
export const CODES = {
  // checks of a registration, in the order of the checks
  TokenMalformed: 'A token is not a well-formed token of the kind expected here.',
  TokenExpired: 'A token has expired; proofs live for 15 minutes, prepared ones as long as they say.',
  TokenUntrusted: 'A token is signed by a key that this cluster does not trust for that use.',
  TokenRevoked: 'A token is signed by a key that was revoked.',
  PreparedForOther: 'The proof was prepared for another point, destination or choice than it is presented with.',
  RequesterMismatch: 'The token was given to another user than the one who presents it.',
  NotOwner: 'The requester owns no such application group here.',
  GroupAmbiguous: 'The requester owns several groups of that name.',
  DestinationMismatch: 'The token names another destination than this cluster.',
  DestinationNotAllowed: 'The owners of the group do not allow this destination.',
  ClusterIdentifierAvailable: 'The token names a cloud and region although the cluster ID was to be had.',
  GroupGone: 'The application group of the token does not exist any more.',
  GroupStillExists: 'The token says the group is absent, but it exists.',
  GroupActiveElsewhere: 'Another cluster than the one that vouches holds the active copy of the group.',
  SourceNotLost: 'The token says the source cluster is lost, but it is not declared lost here.',
  PointNotFound: 'There is no such recovery point in this cluster.',
  PointNotReady: 'The recovery point is not finished, has failed, or is being deleted.',
  PointExpired: 'The recovery point has expired.',
  LocationUnavailable: 'The storage location of the recovery point is not available.',
  PointShadowed: 'A backup of that name is here, but it is another one.',
  PointNotStamped: 'The backup carries no stamp, so nobody can tell whose it is.',
  StampInvalid: 'The stamp of the backup does not fit this backup or is not trusted.',
  PointNotOwned: 'The backup does not hold this application group.',
  ScopeExceeded: 'More is asked for than the recovery point holds for this group.',
  ResourceExcluded: 'A kind of resource is asked for that is never recovered this way.',
  NamespaceTaken: 'A target namespace belongs to somebody else.',
  NamespaceProtected: 'A target namespace is one that nobody may recover into.',
  NewNamespaceNotAllowed: 'A target namespace does not exist and policy does not let it be made.',
  PolicyDenied: 'A RecoveryPolicy of this cluster does not allow this recovery.',

  // the gate of a Restore
  TokenMissing: 'The Restore carries no recovery token.',
  TokenUsed: 'The recovery token has been used: it is good for one Restore.',
  RestoreMismatch: 'The Restore is not the one that the recovery token binds.',
  ValidationChanged: 'What was validated has changed since the recovery token was signed.',

  // objects of ours
  RequestInvalid: 'The object is not well-formed.',
  NamespaceAdminRequired: 'The requester is not admin of a namespace of the group.',
  NamespaceNotFound: 'A namespace of the group does not exist.',
  NamespaceClaimed: 'A namespace of the group is claimed by another group.',
  NamespaceRecreated: 'A namespace of the group was deleted and made anew.',
  OwnerNotAllowed: 'An owner is not one that may own a group.',
  CatalogueOnly: 'Only the catalogue may write this.',

  // the running recovery
  RestoreFailed: 'Velero could not run the restore.',
  RestorePartiallyFailed: 'Velero restored some items and failed on others.',
  WorkloadsNotReady: 'Everything was restored, but workloads did not come up in time.',
  PointChanged: 'The recovery point was deleted or replaced by another backup while the recovery ran.',
  RestoreGone: 'The Restore was deleted before it ended.',
  VeleroSilent: 'Velero does not begin with the Restore, or shows no life; the recovery waits for it.',

  // the service itself
  StateUnavailable: 'The catalogue cannot tell at the moment; it refuses rather than guess.',
  PlanUnavailable: 'Velero did not hand out what the recovery point holds, so that no plan can be told.',
  InternalError: 'The catalogue failed unexpectedly.',

  // the plugin
  UsageError: 'The command line is not right.',
  KubeconfigInvalid: 'The kubeconfig is missing or cannot be used.',
  ClusterUnreachable: 'A cluster does not answer.',
  LoginRejected: 'A cluster does not accept the login.',
  Forbidden: 'The login lacks a right that the command needs.',
  CatalogueMissing: 'The cluster has no catalogue, or the catalogue does not answer.',
  VeleroMissing: 'The cluster has no Velero.',
  PeerNotTrusted: 'The destination does not trust the source cluster.',
  NotFound: 'What was asked for does not exist.',
  CheckFailed: 'Something in the cluster has to be mended before the command may go on.',
  Timeout: 'The time given was not enough.',
  Interrupted: 'The command was interrupted; the recovery goes on.',
} as const;

export type Code = keyof typeof CODES;

/** Whether a string from outside is one of our codes. */
export const isCode = (value: unknown): value is Code => typeof value === 'string' && Object.hasOwn(CODES, value);

/** Names of the checks of a registration, in the order in which they are reported. */
export const CHECKS = [
  'token',
  'requester',
  'destination',
  'group',
  'point',
  'ownership',
  'scope',
  'targets',
  'policy',
] as const;

export type CheckName = (typeof CHECKS)[number];
