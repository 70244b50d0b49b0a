import { randomName } from '../../api/digest.ts';
import type { Cluster } from '../../api/kinds/group-parts.ts';
import type { StampClaims, StampedGroup } from '../../api/tokens/kinds.ts';
import { clusterUrn } from '../../api/tokens/urns.ts';
import { selectionDigest } from '../../api/velero/selection-digest.ts';
import type { BackupView, ClaimView, GroupView, NamespaceView } from '../state/views.ts';
import { takesNamespace } from './namespace-scope.ts';

export interface StampInput {
  readonly backup: BackupView;
  readonly cluster: Cluster;
  readonly groups: readonly GroupView[];
  readonly claims: readonly ClaimView[];
  readonly namespace: (name: string) => NamespaceView | undefined;
  readonly now: Date;
}

/** Namespaces of a group that live now and that the Backup takes, as `[name, uid]`; claims decide, not specs. */
const heldNamespaces = (groupId: string, { backup, claims, namespace }: StampInput): [string, string][] =>
  claims
    .filter(claim => claim.groupId === groupId)
    .filter(claim => namespace(claim.namespace)?.uid === claim.namespaceUid)
    .filter(claim => takesNamespace(backup.selection, claim.namespace))
    .map((claim): [string, string] => [claim.namespace, claim.namespaceUid])
    .sort(([a], [b]) => (a < b ? -1 : 1));

const stampedGroup = (group: GroupView, input: StampInput): StampedGroup[] => {
  if (group.id === undefined || group.deleting) return [];
  const namespaces = heldNamespaces(group.id, input);
  if (namespaces.length === 0) return [];
  return [
    {
      id: group.id,
      namespace: group.namespace,
      name: group.name,
      namespaces,
      owners: [...group.owners],
      ...(group.destinations === undefined ? {} : { destinations: [...group.destinations] }),
      ...(group.activeSince === undefined ? {} : { activeSince: group.activeSince }),
    },
  ];
};

/** What is to be signed onto a Backup that begins now; nothing if it holds no application group. */
export const stampOfBackup = (input: StampInput): StampClaims | undefined => {
  const { backup, cluster, now } = input;
  const groups = input.groups.flatMap(group => stampedGroup(group, input));
  const startTime = backup.status.startTimestamp;
  if (groups.length === 0 || !startTime) return undefined;
  return {
    iss: clusterUrn(cluster.id),
    iat: Math.floor(now.getTime() / 1000),
    jti: randomName(),
    backup: { name: backup.name, startTime, selection: selectionDigest(backup.selection) },
    record: { uid: backup.uid, location: backup.location },
    cluster,
    groups,
  };
};
