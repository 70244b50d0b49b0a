import { type AccessRequestStatus, ANSWERED } from '../../api/kinds/access-request.ts';
import { findCondition, withCondition } from '../../api/kinds/condition.ts';
import { isConflict, isNotFound } from '../../api/kubernetes/api-error.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { type Problem, RecoverError } from '../../api/recover-error.ts';
import type { ClusterCaches } from '../cluster/cluster-caches.ts';
import type { Logger } from '../observability/logger.ts';
import type { Metrics } from '../observability/metrics.ts';
import { type Answer, type AnswerOptions, answerRequest } from '../requests/answer-request.ts';
import type { ReconcileResult } from './controller.ts';

/** An AccessRequest is gone after an hour; what it told is of no use by then. */
const LIFE_MS = 3_600_000;

export interface AccessRequestControllerOptions extends AnswerOptions {
  readonly client: KubeClient;
  readonly requests: ClusterCaches['requests'];
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** A problem as the answer to a request tells it. */
export const sentence = ({ message, mend }: Problem): string => (mend === undefined ? message : `${message} — ${mend}`);

const refusal = (problem: Problem, now: Date): AccessRequestStatus => ({
  conditions: withCondition(
    undefined,
    { type: ANSWERED, status: 'False', reason: problem.code, message: sentence(problem).slice(0, 4096) },
    now,
  ),
});

const answered = (answer: Answer, now: Date): AccessRequestStatus => ({
  ...answer,
  conditions: withCondition(undefined, { type: ANSWERED, status: 'True', reason: 'Answered', message: '' }, now),
});

/** Answers an AccessRequest once, with what was asked for or with the refusal, and deletes it after an hour. */
export const reconcileAccessRequest =
  (options: AccessRequestControllerOptions) =>
  async (key: string): Promise<ReconcileResult> => {
    const { client, requests, clock, log, metrics } = options;
    const request = requests.get(key);
    if (request === undefined) return {};
    const ageMs = clock() - Date.parse(request.metadata.creationTimestamp);
    if (ageMs >= LIFE_MS) {
      await client.remove(OWN.accessRequests, request.metadata, { uid: request.metadata.uid });
      return {};
    }
    const again = { againInMs: LIFE_MS - ageMs };
    if (findCondition(request.status?.conditions, ANSWERED)) return again;
    const now = new Date(clock());
    let status: AccessRequestStatus;
    try {
      status = answered(await answerRequest(request, options), now);
    } catch (error) {
      // A state that cannot be told now may be told shortly; the requester waits meanwhile.
      if (!(error instanceof RecoverError) || error.code === 'StateUnavailable') throw error;
      status = refusal(error, now);
      log.info({ requester: request.spec.requester?.username, code: error.code }, 'access request refused');
    }
    try {
      await client.replace(OWN.accessRequests, { ...request, status }, { subresource: 'status' });
    } catch (error) {
      // Another replica was first, or it is gone; both are well.
      if (isConflict(error) || isNotFound(error)) return again;
      throw error;
    }
    const condition = status.conditions?.[0];
    metrics.answers.inc({
      outcome: condition?.status === 'True' ? 'answered' : 'refused',
      code: condition?.reason ?? 'none',
    });
    return again;
  };
