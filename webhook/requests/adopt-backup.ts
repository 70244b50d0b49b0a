import type { AccessRequestSpec, StampAnswer } from '../../api/kinds/access-request.ts';
import type { Stored } from '../../api/kinds/object-meta.ts';
import type { Requester } from '../../api/kinds/requester.ts';
import { isConflict } from '../../api/kubernetes/api-error.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { ANNOTATIONS } from '../../api/names.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { type AdoptedStampClaims, adoptedStampToken, type StampClaims } from '../../api/tokens/kinds.ts';
import { type SigningKey, signToken } from '../../api/tokens/sign-token.ts';
import { clusterUrn } from '../../api/tokens/urns.ts';
import { type Backup, VELERO } from '../../api/velero/velero-types.ts';
import { backupView } from '../cluster/cluster-caches.ts';
import type { LiveClusterState } from '../cluster/live-cluster-state.ts';
import { digestOfStamp } from '../cluster/stamp-verifier.ts';
import type { Logger } from '../observability/logger.ts';
import type { Metrics } from '../observability/metrics.ts';
import { writeEvent } from '../observability/write-event.ts';
import { stampOfBackup } from '../stamping/stamp-of-backup.ts';
import type { BackupView } from '../state/views.ts';

export interface AdoptionTools {
  readonly client: KubeClient;
  readonly state: LiveClusterState;
  readonly stampKey: () => SigningKey;
  /** Whether the user has the RBAC verb `stamp` in a namespace of Velero. */
  readonly mayStamp: (requester: Requester, namespace: string) => Promise<boolean>;
  /** UIDs of the namespaces in the content of a backup, by name. */
  readonly contentOf: (backup: BackupView) => Promise<ReadonlyMap<string, string>>;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly clock: () => number;
}

export type StampWish = NonNullable<AccessRequestSpec['wants']['stamp']>;

/** Who asks for what, and the request that it stands in, so that it is told to be done by this one. */
export interface AdoptionRequest {
  readonly id: string;
  readonly wish: StampWish;
  readonly requester: Requester;
}

const FINISHED = new Set(['Completed', 'PartiallyFailed']);

/** The Backup of this name, as stored now, in a Velero namespace in which the requester may stamp. */
const findBackup = async ({ client, state, mayStamp }: AdoptionTools, { wish, requester }: AdoptionRequest) => {
  const { veleroNamespaces } = state.self();
  const allowed: string[] = [];
  for (const namespace of veleroNamespaces) {
    if (await mayStamp(requester, namespace)) allowed.push(namespace);
  }
  if (allowed.length === 0) {
    throw new RecoverError({
      code: 'Forbidden',
      message: `"${requester.username}" lacks the RBAC verb "stamp" on restores.velero.io`,
      mend: `an operator adopts it; who is to do so too gets the ClusterRole: kubectl create rolebinding NAME --clusterrole=kubectl-recover-operator --user=${requester.username} -n ${veleroNamespaces[0] ?? 'velero'}`,
    });
  }
  for (const namespace of allowed) {
    const backup = await client.find(VELERO.backups, { namespace, name: wish.backup });
    if (backup !== undefined) return backup;
  }
  throw new RecoverError({
    code: 'PointNotFound',
    message: `there is no backup "${wish.backup}" in this cluster`,
    mend: 'list them with: velero backup get',
  });
};

const checkFinished = ({ name, status, deleting }: BackupView): void => {
  const phase = status.phase ?? 'New';
  if (FINISHED.has(phase) && !deleting) return;
  throw new RecoverError({
    code: 'PointNotReady',
    message: `backup "${name}" is ${deleting ? 'being deleted' : `in phase ${phase}`}`,
    mend: `only a backup that has ended can be adopted: velero backup describe ${name}`,
  });
};

type Content = Pick<AdoptedStampClaims, 'backup' | 'record' | 'cluster' | 'groups'>;

/** What cannot be read now is told, rather than tried for an hour while somebody waits. */
const readContent = async ({ contentOf }: AdoptionTools, backup: BackupView): Promise<ReadonlyMap<string, string>> => {
  try {
    return await contentOf(backup);
  } catch (cause) {
    if (cause instanceof RecoverError) throw cause;
    throw new RecoverError(
      {
        code: 'LocationUnavailable',
        message: `the content of backup "${backup.name}" cannot be read from its storage location "${backup.location}"`,
        mend: `look at it and at Velero’s log, then ask again: kubectl get backupstoragelocation ${backup.location} -n ${backup.namespace}; kubectl logs deployment/velero -n ${backup.namespace}`,
      },
      { cause },
    );
  }
};

/** Whose the backup is by its content: of groups that live now, namespaces that are the same now as they were in it. */
const contentClaims = async (tools: AdoptionTools, backup: BackupView): Promise<Content> => {
  if (backup.stamp !== undefined) {
    throw new RecoverError({
      code: 'StampInvalid',
      message: `backup "${backup.name}" carries a stamp, though it does not count`,
      mend: `look why; one of a revoked key is taken over with: kubectl recover stamp ${backup.name} --reattest --reason TEXT`,
    });
  }
  const { state, clock } = tools;
  const uids = await readContent(tools, backup);
  const claims = stampOfBackup({
    backup,
    cluster: state.self().cluster,
    groups: state.allGroups(),
    claims: state.allClaims(),
    namespace: name => {
      const live = state.namespace(name);
      return live !== undefined && uids.get(name) === live.uid ? live : undefined;
    },
    now: new Date(clock()),
  });
  if (claims !== undefined) return claims;
  throw new RecoverError({
    code: 'PointNotOwned',
    message: `backup "${backup.name}" holds no namespace that a group has here now, with the same UID`,
    mend: 'its team registers its namespaces first: kubectl recover group create; what was deleted since an operator restores by break-glass: velero restore create',
  });
};

const contentFor = async (tools: AdoptionTools, backup: BackupView, { reattest }: StampWish): Promise<Content> =>
  reattest ? tools.state.revokedStampOf(backup) : contentClaims(tools, backup);

const claimsOf = (
  tools: AdoptionTools,
  backup: BackupView,
  { id, wish, requester }: AdoptionRequest,
  content: Content,
): AdoptedStampClaims => {
  const { backup: named, record, cluster, groups } = content;
  return {
    iss: clusterUrn(tools.state.self().cluster.id),
    iat: Math.floor(tools.clock() / 1000),
    jti: id,
    ...{ backup: named, record, cluster, groups },
    adoption: {
      kind: wish.reattest ? 'Reattested' : 'Adopted',
      by: requester.username,
      ...(wish.reason === undefined ? {} : { reason: wish.reason }),
      ...(wish.reattest && backup.stamp !== undefined ? { stamp: digestOfStamp(backup.stamp) } : {}),
    },
  };
};

/** Writes only if nobody has written the Backup since it was judged; Velero does, and then it is judged again. */
const write = async ({ client }: AdoptionTools, { metadata }: Stored<Backup>, token: string): Promise<void> => {
  const { uid, resourceVersion } = metadata;
  try {
    await client.mergePatch(VELERO.backups, metadata, {
      metadata: { uid, resourceVersion, annotations: { [ANNOTATIONS.adoptedStamp]: token } },
    });
  } catch (cause) {
    if (!isConflict(cause)) throw cause;
    throw new RecoverError(
      {
        code: 'StateUnavailable',
        message: `backup "${metadata.name}" changed meanwhile`,
        mend: `ask again: kubectl recover stamp ${metadata.name}`,
      },
      { cause },
    );
  }
};

const groupNames = ({ groups }: Pick<StampClaims, 'groups'>): string[] =>
  groups.map(({ namespace, name }) => `${namespace}/${name}`);

const tell = async (tools: AdoptionTools, stored: Stored<Backup>, claims: AdoptedStampClaims): Promise<void> => {
  const { client, metrics, log, clock } = tools;
  const { kind, by, reason } = claims.adoption;
  const groups = groupNames(claims);
  metrics.stamps.inc({ outcome: kind === 'Adopted' ? 'adopted' : 'reattested' });
  log.warn({ backup: stored.metadata.name, by, reason, groups, stamp: claims.jti }, `backup ${kind.toLowerCase()}`);
  try {
    await writeEvent(client, {
      name: `${stored.metadata.name}.${claims.jti.slice(0, 16)}`,
      about: stored,
      reason: `Backup${kind}`,
      message: `${kind.toLowerCase()} by ${by}${reason === undefined ? '' : ` (${reason})`} for ${groups.join(', ')}`,
      type: 'Normal',
      now: new Date(clock()),
    });
  } catch (error) {
    // The Backup itself says who adopted it, and the log does.
    log.warn({ err: error }, 'an Event could not be written');
  }
};

/**
 * Says afterwards whose a backup is, on the word of an operator: from its content and the groups of today, or by taking
 * over a stamp whose key was revoked. It stands on this cluster's Backup and counts in this cluster only.
 * @throws RecoverError `Forbidden`, `PointNotFound`, `PointNotReady`, `PointNotOwned`, `StampInvalid`, `StateUnavailable`
 */
export const adoptBackup = async (tools: AdoptionTools, request: AdoptionRequest): Promise<StampAnswer> => {
  const { wish } = request;
  const stored = await findBackup(tools, request);
  const backup = backupView(stored);
  const verdict = await tools.state.stampOf(backup);
  if (verdict.outcome === 'valid') {
    // Another replica may have answered this very request a moment ago.
    const isOurs = verdict.adoption !== undefined && verdict.claims.jti === request.id;
    const outcome = isOurs ? verdict.adoption.kind : 'StampedAlready';
    return { backup: wish.backup, outcome, groups: groupNames(verdict.claims) };
  }
  checkFinished(backup);
  const claims = claimsOf(tools, backup, request, await contentFor(tools, backup, wish));
  const token = await signToken(adoptedStampToken, claims, tools.stampKey());
  if (!wish.dryRun) {
    await write(tools, stored, token);
    await tell(tools, stored, claims);
  }
  return { backup: wish.backup, outcome: claims.adoption.kind, groups: groupNames(claims) };
};
