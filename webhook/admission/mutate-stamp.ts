import type { Stored } from '../../api/kinds/object-meta.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { ANNOTATIONS } from '../../api/names.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { stampToken } from '../../api/tokens/kinds.ts';
import { type SigningKey, signToken } from '../../api/tokens/sign-token.ts';
import { type Backup, VELERO } from '../../api/velero/velero-types.ts';
import { backupView } from '../cluster/cluster-caches.ts';
import type { LiveClusterState } from '../cluster/live-cluster-state.ts';
import type { Logger } from '../observability/logger.ts';
import type { Metrics } from '../observability/metrics.ts';
import { stampOfBackup } from '../stamping/stamp-of-backup.ts';
import { countNamespaces, stillHeld } from '../stamping/still-held.ts';
import type { Decision, PatchOperation } from './decision.ts';
import type { AdmissionRequest } from './review.ts';

export interface StampOptions {
  readonly client: KubeClient;
  readonly state: LiveClusterState;
  readonly signingKey: () => SigningKey;
  /** Succession statements, which travel beside the stamp. */
  readonly statements: () => readonly string[];
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly clock: () => number;
}

const NOTHING: Decision = { kind: 'mutate', patch: [] };

/** Phases before InProgress (backup_types.go); a Backup that is past them has been stamped or never will be. */
const BEFORE_IN_PROGRESS = new Set(['', 'New', 'Queued', 'ReadyToStart']);

const livePhase = async (client: KubeClient, { metadata }: Stored<Backup>): Promise<string | undefined> => {
  const live = await client.find(VELERO.backups, { namespace: metadata.namespace, name: metadata.name });
  return live?.metadata.uid === metadata.uid ? (live.status?.phase ?? '') : undefined;
};

/**
 * Whether the review shows a Backup that the API server really has, about to begin. Whoever reaches this endpoint
 * could otherwise earn a genuine stamp for a name, time and selection of their choice.
 */
const isAboutToBegin = async (client: KubeClient, object: Stored<Backup>): Promise<boolean> => {
  const phase = await livePhase(client, object);
  return phase !== undefined && BEFORE_IN_PROGRESS.has(phase);
};

/** Phases of a Backup whose content is being read, and those in which it is done with that. */
const READING = new Set(['InProgress', 'WaitingForPluginOperations', 'WaitingForPluginOperationsPartiallyFailed']);
const READ = new Set(['Finalizing', 'FinalizingPartiallyFailed']);

const STAMP_POINTER = `/metadata/annotations/${ANNOTATIONS.stamp.replaceAll('/', '~1')}`;

const patchOf = (object: Stored<Backup>, stamp: string, statements: readonly string[]): Decision => {
  const added = {
    [ANNOTATIONS.stamp]: stamp,
    ...(statements.length === 0 ? {} : { [ANNOTATIONS.keySuccession]: statements.join(' ') }),
  };
  if (object.metadata.annotations === undefined) {
    return { kind: 'mutate', patch: [{ op: 'add', path: '/metadata/annotations', value: added }] };
  }
  const patch = Object.entries(added).map(
    ([name, value]): PatchOperation => ({
      op: 'add',
      path: `/metadata/annotations/${name.replaceAll('/', '~1')}`,
      value,
    }),
  );
  return { kind: 'mutate', patch };
};

/**
 * Looks again when the content has been read: what the stamp says of a namespace that was deleted, made anew or handed
 * over meanwhile is taken out of it. Velero writes the Backup into the bucket once more after this, so the stamp that
 * others see is the narrower one (backup_finalizer_controller.go).
 */
const narrowStamp = async (
  { client, state, signingKey, log, metrics }: StampOptions,
  object: Stored<Backup>,
): Promise<Decision> => {
  if (!READING.has((await livePhase(client, object)) ?? '')) return NOTHING;
  if (object.metadata.annotations?.[ANNOTATIONS.stamp] === undefined) return NOTHING;
  const verdict = await state.stampOf(backupView(object));
  if (verdict.outcome !== 'valid' || verdict.issuer !== state.self().cluster.id) return NOTHING;
  const { claims } = verdict;
  const groups = stillHeld(claims.groups, {
    claim: uid => state.claim(uid),
    namespace: name => state.namespace(name),
  });
  const lost = countNamespaces(claims.groups) - countNamespaces(groups);
  if (lost === 0) return NOTHING;
  metrics.stamps.inc({ outcome: 'narrowed' });
  log.warn({ backup: object.metadata.name, lost, stamp: claims.jti }, 'namespaces changed while they were backed up');
  if (groups.length === 0) return { kind: 'mutate', patch: [{ op: 'remove', path: STAMP_POINTER }] };
  const value = await signToken(stampToken, { ...claims, groups }, signingKey());
  return { kind: 'mutate', patch: [{ op: 'add', path: STAMP_POINTER, value }] };
};

/** Signs the stamp, if the review shows a Backup of Velero's that begins and holds a group. */
const stampBackup = async (options: StampOptions, request: AdmissionRequest): Promise<Decision> => {
  const { client, state, signingKey, statements, log, metrics, clock } = options;
  if (!state.self().veleroUsernames.includes(request.userInfo.username)) return NOTHING;
  const object = request.object as unknown as Stored<Backup>;
  if (READ.has(object.status?.phase ?? '')) return narrowStamp(options, object);
  if (object.status?.phase !== 'InProgress' || !(await isAboutToBegin(client, object))) return NOTHING;
  const backup = backupView(object);
  const claims = stampOfBackup({
    backup,
    cluster: state.self().cluster,
    groups: state.allGroups(),
    claims: state.allClaims(),
    namespace: name => state.namespace(name),
    now: new Date(clock()),
  });
  if (claims === undefined) {
    metrics.stamps.inc({ outcome: 'no_groups' });
    return NOTHING;
  }
  try {
    const stamp = await signToken(stampToken, claims, signingKey());
    metrics.stamps.inc({ outcome: 'stamped' });
    log.info({ backup: backup.name, groups: claims.groups.length, stamp: claims.jti }, 'backup stamped');
    return patchOf(object, stamp, statements());
  } catch (error) {
    if (!(error instanceof RecoverError)) throw error;
    metrics.stamps.inc({ outcome: 'too_large' });
    log.error(
      { backup: backup.name, code: error.code, reason: error.message },
      'backup not stamped: split the schedule',
    );
    return NOTHING;
  }
};

/**
 * Signs the stamp onto a Backup at the moment it begins: now its UID, start time, scope and location are known, and
 * what is set now reaches the bucket. When all is read, what does not hold any more is taken out of it. A backup is never
 * held up: where no stamp can be made, it goes on without. A failure is no refusal either: `failurePolicy: Ignore` lets
 * pass what is not answered, not what is answered with no.
 */
export const mutateStamp =
  (options: StampOptions) =>
  async (request: AdmissionRequest): Promise<Decision> => {
    try {
      return await stampBackup(options, request);
    } catch (error) {
      options.metrics.stamps.inc({ outcome: 'failed' });
      options.log.error({ err: error, uid: request.uid }, 'backup not stamped: it goes on without');
      return NOTHING;
    }
  };
