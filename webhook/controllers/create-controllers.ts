import { recoveryHash } from '../../api/digest.ts';
import type { RecoveryAnswer } from '../../api/kinds/access-request.ts';
import { findCondition } from '../../api/kinds/condition.ts';
import { isConcluded } from '../../api/kinds/is-concluded.ts';
import { RECOVERY_CONDITIONS, type RecoveryStatus } from '../../api/kinds/recovery.ts';
import type { Requester } from '../../api/kinds/requester.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { LABELS } from '../../api/names.ts';
import type { ClusterCaches } from '../cluster/cluster-caches.ts';
import type { Discovery } from '../cluster/discovery.ts';
import type { LiveClusterState } from '../cluster/live-cluster-state.ts';
import { downloadFromVelero } from '../cluster/velero-download.ts';
import type { OwnKeys } from '../keys/own-keys.ts';
import { createGroupEvents } from '../observability/group-events.ts';
import type { Logger } from '../observability/logger.ts';
import type { Metrics } from '../observability/metrics.ts';
import { reconcileRecovery } from '../recovery/reconcile-recovery.ts';
import { restoresAhead } from '../recovery/restores-ahead.ts';
import { type AdoptionTools, adoptBackup } from '../requests/adopt-backup.ts';
import type { AnswerOptions } from '../requests/answer-request.ts';
import type { BackupContents } from '../requests/backup-contents.ts';
import { claimGroup } from '../requests/claim-group.ts';
import { mayStamp } from '../requests/may-stamp.ts';
import { PointIndex } from '../requests/point-index.ts';
import { readNamespaces } from '../stamping/read-namespaces.ts';
import type { GroupView } from '../state/views.ts';
import type { BackupResults } from './backup-results.ts';
import { Controller } from './controller.ts';
import { FollowKeys } from './follow-keys.ts';
import { reconcileAccessRequest } from './reconcile-access-request.ts';
import { reconcileGroup } from './reconcile-group.ts';
import { isUnreportedBypass, reportBypass } from './report-bypass.ts';
import { reportLoss } from './report-loss.ts';
import { reportRevocations } from './report-revocations.ts';

export interface ControllerParts {
  readonly client: KubeClient;
  readonly caches: ClusterCaches;
  readonly discovery: Discovery;
  readonly keys: OwnKeys;
  readonly state: LiveClusterState;
  readonly results: BackupResults;
  readonly contents: BackupContents;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly clock: () => number;
}

export interface Controllers {
  start(): void;
  /** The keys of this cluster are others: stamps that did not count may count now, or the other way round. */
  keysChanged(): void;
  stop(): Promise<void>;
}

/** The controllers of the catalogue, and what makes each of them look again at which object. */
export const createControllers = (parts: ControllerParts): Controllers => {
  const { client, caches, discovery, keys, state, results, contents, log, metrics, clock } = parts;
  const running = new RunningRecoveries();
  const enqueueGroups = (isMeant: (group: GroupView) => boolean): void => {
    for (const group of caches.groups.values()) if (isMeant(group)) groups.enqueue(`${group.namespace}/${group.name}`);
  };
  const points = new PointIndex({
    backups: caches.backups,
    stampOf: backup => state.stampOf(backup),
    onChange: groupIds => enqueueGroups(({ id }) => id !== undefined && groupIds.includes(id)),
    log,
  });
  const backupsOf = (groupId: string) => points.backupsOf(groupId);
  const formerGroups = () => points.formerGroups();
  const shared = { log, metrics };
  const groups = new Controller({
    ...shared,
    name: 'groups',
    concurrency: 4,
    reconcile: reconcileGroup({ client, state, backupsOf, formerGroups, log, clock }),
  });
  const answer = reconcileAccessRequest({
    ...{ client, state, backupsOf, contents, log, metrics, clock },
    requests: caches.requests,
    formerGroups,
    claim: request => claimGroup(request, { client, state, backupsOf, formerGroups, log, clock }),
    grantKey: () => keys.signing('grant'),
    adopt: adoptOneByOne({
      ...{ client, state, log, metrics, clock },
      stampKey: () => keys.signing('stamp'),
      mayStamp: (requester, namespace) => mayStamp(client, requester, namespace),
      contentOf: ({ namespace, name }) =>
        downloadFromVelero({ client, clock }, { kind: 'BackupContents', namespace, name }, readNamespaces),
    }),
    recoveriesOf: (groupId, requester) => recoveriesOf(caches, groupId, requester),
  });
  const requests = new Controller({ ...shared, name: 'access-requests', concurrency: 16, reconcile: answer });
  // A plan waits for Velero and its object store; whoever asks for a grant meanwhile must not wait for that.
  const plans = new Controller({ ...shared, name: 'plans', concurrency: 4, reconcile: answer });
  const recoveries = new Controller({
    ...shared,
    name: 'recoveries',
    concurrency: 16,
    reconcile: reconcileRecovery({
      ...{ client, state, log, metrics, clock },
      admissionKey: () => keys.signing('admission'),
      events: createGroupEvents({ client, groupOf: id => state.group(id), log, clock }),
      isRunning: hash => running.keyOf(hash) !== undefined,
      restoresAhead: restore => restoresAhead(restore, caches.restores.values()),
    }),
  });
  const backupResults = new Controller({
    ...shared,
    name: 'backup-results',
    concurrency: 2,
    reconcile: results.reconcile,
  });

  const bypasses = new Controller({
    ...shared,
    name: 'bypasses',
    concurrency: 1,
    reconcile: reportBypass({ client, log, metrics, clock }),
  });

  const losses = new Controller({
    ...shared,
    name: 'losses',
    concurrency: 1,
    reconcile: reportLoss({ client, identities: caches.identities, log, clock }),
  });

  const revocations = new Controller({
    ...shared,
    name: 'revocations',
    concurrency: 1,
    reconcile: reportRevocations({ client, identities: caches.identities, log, clock }),
  });

  const followKeys = new FollowKeys({ client, caches, log, metrics, clock });
  const successions = new Controller({
    ...shared,
    name: 'successions',
    // Two at once would write the same identity.
    concurrency: 1,
    reconcile: followKeys.reconcile,
  });

  const enqueueGroupsOf = (namespace: string): void => enqueueGroups(({ requested }) => requested.includes(namespace));
  caches.groups.onChange(({ key }) => groups.enqueue(key));
  caches.namespaces.onChange(({ key }) => enqueueGroupsOf(key));
  caches.claims.onChange(({ value }) => enqueueGroupsOf(value.namespace));
  caches.identities.onChange(({ key }) => {
    points.refresh();
    losses.enqueue(key);
    revocations.enqueue(key);
    followKeys.identitiesChanged();
    for (const backup of caches.backups.values()) {
      if (followKeys.wants(backup)) successions.enqueue(`${backup.namespace}/${backup.name}`);
    }
  });
  caches.requests.onChange(({ key, value }) => (value.spec.wants.plan ? plans : requests).enqueue(key));
  caches.recoveries.onChange(({ type, key, value }) => {
    const hash = recoveryHash(value.metadata.name);
    if (type === 'gone' || isConcluded(value)) running.end(hash);
    else running.begin(hash, key);
    recoveries.enqueue(key);
  });
  caches.restores.onChange(({ type, key: restore, value }) => {
    if (type !== 'gone' && isUnreportedBypass(value)) bypasses.enqueue(restore);
    const key = running.keyOf(value.metadata.labels?.[LABELS.recovery] ?? '');
    if (key !== undefined) recoveries.enqueue(key);
  });
  caches.backups.onChange(({ type, key, value }) => {
    if (type === 'gone') results.forget(value);
    else if (results.wants(value)) backupResults.enqueue(key);
    if (type !== 'gone' && followKeys.wants(value)) successions.enqueue(key);
  });
  caches.definitions.onChange(() => discovery.refreshSoon());

  const all = [groups, requests, plans, recoveries, backupResults, bypasses, losses, revocations, successions];
  return {
    start: () => {
      for (const controller of all) controller.start();
    },
    keysChanged: () => points.refresh(),
    stop: async () => {
      await Promise.all(all.map(controller => controller.stop()));
    },
  };
};

/** The content of a backup is read through from end to end: one at a time, whoever asks how often. */
const adoptOneByOne = (tools: AdoptionTools): AnswerOptions['adopt'] => {
  let last: Promise<unknown> = Promise.resolve();
  return request => {
    const adopted = last.then(() => adoptBackup(tools, request));
    last = adopted.catch(() => undefined);
    return adopted;
  };
};

/** Recoveries that have not ended, by the hash that stands for them on namespaces and Restores. */
class RunningRecoveries {
  readonly #keys = new Map<string, string>();

  begin(hash: string, key: string): void {
    this.#keys.set(hash, key);
  }

  end(hash: string): void {
    this.#keys.delete(hash);
  }

  keyOf(hash: string): string | undefined {
    return this.#keys.get(hash);
  }
}

const totalsOf = ({ ready, total }: NonNullable<RecoveryStatus['workloads']>) => ({ ready, total });

const recoveriesOf = (caches: ClusterCaches, groupId: string, requester: Requester): RecoveryAnswer[] =>
  [...caches.recoveries.values()]
    .filter(({ status }) => status?.groupID === groupId)
    .sort((a, b) => Date.parse(b.metadata.creationTimestamp) - Date.parse(a.metadata.creationTimestamp))
    .slice(0, 100)
    .map(({ metadata, spec, status }) => {
      const succeeded = findCondition(status?.conditions, RECOVERY_CONDITIONS.succeeded);
      return {
        hash: recoveryHash(metadata.name),
        // Who knows the name can read the Recovery, so only who made it is told.
        ...(spec.requester?.username === requester.username ? { name: metadata.name } : {}),
        requester: spec.requester?.username ?? '',
        point: status?.point?.backup ?? '',
        creationTime: metadata.creationTimestamp,
        succeeded: succeeded?.status ?? 'Unknown',
        reason: succeeded?.reason ?? 'Running',
        message: succeeded?.message ?? '',
        ...(status?.progress ? { progress: status.progress } : {}),
        ...(status?.workloads ? { workloads: totalsOf(status.workloads) } : {}),
      };
    });
