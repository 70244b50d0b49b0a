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

/**
 * Whether the review shows a Backup that the API server really has, about to begin. Whoever reaches this endpoint
 * could otherwise earn a genuine stamp for a name, time and selection of their choice.
 */
const isAboutToBegin = async (client: KubeClient, object: Stored<Backup>): Promise<boolean> => {
  const live = await client.find(VELERO.backups, {
    namespace: object.metadata.namespace,
    name: object.metadata.name,
  });
  return live?.metadata.uid === object.metadata.uid && BEFORE_IN_PROGRESS.has(live.status?.phase ?? '');
};

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

/** Signs the stamp, if the review shows a Backup of Velero's that begins and holds a group. */
const stampBackup = async (
  { client, state, signingKey, statements, log, metrics, clock }: StampOptions,
  request: AdmissionRequest,
): Promise<Decision> => {
  if (!state.self().veleroUsernames.includes(request.userInfo.username)) return NOTHING;
  const object = request.object as unknown as Stored<Backup>;
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
 * what is set now reaches the bucket. A backup is never held up: where no stamp can be made, it goes on without. A
 * failure is no refusal either: `failurePolicy: Ignore` lets pass what is not answered, not what is answered with no.
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
