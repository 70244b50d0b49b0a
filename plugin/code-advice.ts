import type { Code } from '../api/codes.ts';
import type { Problem } from '../api/recover-error.ts';

/** What would mend a failure with a code, and who may do it. */
export interface Advice {
  readonly mend: string;
  readonly who:
    | 'you'
    | 'an owner of the group'
    | 'an operator'
    | 'an admin of the namespace'
    | 'an admin of the cluster';
}

const you = (mend: string): Advice => ({ mend, who: 'you' });
const owner = (mend: string): Advice => ({ mend, who: 'an owner of the group' });
const operator = (mend: string): Advice => ({ mend, who: 'an operator' });
const admin = (mend: string): Advice => ({ mend, who: 'an admin of the namespace' });

const AGAIN = you('run it again, with a fresh proof: kubectl recover GROUP');
const OTHER_POINT = you('choose another point: kubectl recover points GROUP');
const LOGS = operator('look at the log of the catalogue: kubectl logs -n kubectl-recover-system deployment/catalogue');

/** In general; a refusal says it with the names concerned. A code without an entry does not compile. */
export const CODE_ADVICE: Readonly<Record<Code, Advice>> = {
  PreparedForOther: you('prepare it anew for this point and destination: kubectl recover prepare GROUP'),
  GroupActiveElsewhere: owner('say where its active copy is: kubectl recover group claim GROUP'),
  TokenMissing: you('have it recovered instead: kubectl recover GROUP'),
  TokenUsed: you('start another recovery: kubectl recover GROUP'),
  RestoreMismatch: you('start another recovery: kubectl recover GROUP'),
  ValidationChanged: you('start another recovery, which is checked as things are now: kubectl recover GROUP'),
  RequestInvalid: you('look at the field that the message names: kubectl explain recovery.spec'),
  NamespaceNotFound: you('name namespaces that exist: kubectl get namespaces'),
  OwnerNotAllowed: owner('name another owner: kubectl edit applicationgroup NAME -n NAMESPACE'),
  CatalogueOnly: you('leave it to the catalogue: kubectl recover --help'),
  PointChanged: OTHER_POINT,
  RestoreGone: you('start another recovery: kubectl recover GROUP'),
  UsageError: you('look at the flags: kubectl recover COMMAND --help'),
  NotFound: you('see what there is: kubectl recover group list; kubectl recover points GROUP'),
  TokenMalformed: you('look at what it says: kubectl recover inspect TOKEN; then run the command again'),
  TokenExpired: AGAIN,
  TokenUntrusted: operator(
    'have the cluster trust the other one: kubectl recover cluster trust --from-context SOURCE --context DESTINATION',
  ),
  TokenRevoked: operator('look at the keys: kubectl recover cluster keys'),
  RequesterMismatch: you('use one login that is the same user in both clusters: kubectl auth whoami'),
  NotOwner: owner(
    'add the user, or a group of theirs, to spec.owners: kubectl edit applicationgroup NAME -n NAMESPACE',
  ),
  GroupAmbiguous: you('name it with its namespace: kubectl recover NAMESPACE/NAME'),
  DestinationMismatch: you('name the cluster that you mean: kubectl recover GROUP --context DESTINATION'),
  DestinationNotAllowed: owner('add the cluster to spec.destinations: kubectl edit applicationgroup NAME -n NAMESPACE'),
  ClusterIdentifierAvailable: you('leave out --to-cloud and --to-region'),
  GroupGone: AGAIN,
  GroupStillExists: AGAIN,
  SourceNotLost: operator(
    'declare it lost, if it is gone for good: kubectl recover cluster declare-lost PEER --reason "..."',
  ),
  PointNotFound: OTHER_POINT,
  PointNotReady: OTHER_POINT,
  PointExpired: OTHER_POINT,
  PointShadowed: OTHER_POINT,
  PointNotOwned: OTHER_POINT,
  PointNotStamped: operator('adopt the backup: kubectl recover stamp BACKUP --dry-run=server'),
  StampInvalid: operator('look at the stamp: kubectl recover inspect BACKUP.yaml --context CONTEXT'),
  LocationUnavailable: operator('look at the location: kubectl get backupstoragelocations -n velero'),
  ScopeExceeded: you('ask for less: leave out --map, --include-resources or --selector'),
  ResourceExcluded: you('leave the kind out of --include-resources'),
  NamespaceTaken: you('recover beside it: kubectl recover GROUP --map OLD=NEW'),
  NamespaceProtected: you('recover into another namespace: kubectl recover GROUP --map OLD=NEW'),
  NewNamespaceNotAllowed: operator('make the namespace, or allow it: kubectl edit recoverypolicy default'),
  PolicyDenied: operator('look at the policies: kubectl get recoverypolicies -o yaml'),
  NamespaceAdminRequired: admin(
    'bind the ClusterRole "admin": kubectl create rolebinding NAME --clusterrole=admin --user=USER -n NAMESPACE',
  ),
  NamespaceClaimed: owner('take it out of the other group: kubectl edit applicationgroup NAME -n NAMESPACE'),
  NamespaceRecreated: owner('link it to the group: kubectl recover group claim GROUP'),
  StateUnavailable: you('try again in a moment; if it stays, see what is wrong: kubectl recover check'),
  PlanUnavailable: operator(
    'look at Velero and its storage location; a recovery without a plan goes on: kubectl recover GROUP --yes',
  ),
  InternalError: LOGS,
  CatalogueMissing: operator('install it, or look what is wrong: kubectl recover install; kubectl recover check'),
  VeleroMissing: operator('install Velero: velero install --help'),
  VeleroSilent: operator('look at Velero: kubectl get pods -n velero; the recovery goes on when it does'),
  PeerNotTrusted: operator(
    'have the destination trust the source: kubectl recover cluster trust --from-context SOURCE --context DESTINATION',
  ),
  RestoreFailed: operator('look at the log of the restore: velero restore logs NAME'),
  RestorePartiallyFailed: operator('look at the results: velero restore describe NAME --details'),
  WorkloadsNotReady: you('look at the pods: kubectl get pods -n NAMESPACE'),
  CheckFailed: operator('see what has to be mended: kubectl recover check'),
  LoginRejected: you('log in again: kubectl auth whoami'),
  ClusterUnreachable: you('look at network, VPN and address: kubectl cluster-info'),
  KubeconfigInvalid: you('look at it: kubectl config view'),
  Forbidden: {
    mend: 'bind the ClusterRole that the message names: kubectl create clusterrolebinding NAME --clusterrole=ROLE --user=USER',
    who: 'an admin of the cluster',
  },
  Timeout: you('come back to it: kubectl recover status GROUP'),
  Interrupted: you('come back to it: kubectl recover status GROUP'),
};

const textOf = ({ mend, who }: Advice): string => (who === 'you' ? mend : `as ${who}, ${mend}`);

/**
 * What would mend a failure: what is said with it, else what mends its code in general. Nothing where the message says
 * that itself.
 */
export const mendOf = ({ code, message, mend }: Problem): string | undefined => {
  if (mend !== undefined) return mend;
  const advice = CODE_ADVICE[code];
  const isSaid = advice.mend.split(/: |; /).some(part => message.includes(part));
  return isSaid ? undefined : textOf(advice);
};
