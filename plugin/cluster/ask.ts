import { isCode } from '../../api/codes.ts';
import { randomName } from '../../api/digest.ts';
import { type AccessRequestSpec, type AccessRequestStatus, ANSWERED } from '../../api/kinds/access-request.ts';
import { findCondition } from '../../api/kinds/condition.ts';
import type { Cluster } from '../../api/kinds/group-parts.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { GROUP_VERSION, REQUESTS_NAMESPACE } from '../../api/names.ts';
import { RecoverError } from '../../api/recover-error.ts';
import type { Io } from '../io.ts';
import { Refusal } from '../refusal.ts';
import type { ClusterAccess } from './connect.ts';
import { poll } from './poll.ts';
import { saidIn } from './translate-error.ts';

/** An answer of the catalogue; it always says which cluster it is. */
export type Answered = AccessRequestStatus & { readonly cluster: Cluster };

/** The API server took the question and the catalogue has not answered it. */
export class NoAnswer extends RecoverError {
  constructor(context: string, patienceMs: number) {
    super({
      code: 'CatalogueMissing',
      message: `the catalogue of cluster "${context}" took the request and has not answered it in ${patienceMs / 1000} s`,
      mend: 'an operator looks at its pods and log in namespace kubectl-recover-system',
    });
    this.name = 'NoAnswer';
  }
}

/** A catalogue that runs answers within a second. */
const PATIENCE_MS = 15_000;
/** Hardly one answers sooner: half of the answers take no longer than a few milliseconds more. */
const QUIET_MS = 15;

const refusalOf = (reason: string, message: string, context: string): RecoverError => {
  const code = isCode(reason) ? reason : 'InternalError';
  return new Refusal(`refused by cluster "${context}"`, [{ check: 'request', code, ...saidIn(context, message) }]);
};

/**
 * Asks the catalogue of a cluster, as the user of that login.
 * @throws RecoverError the code of the refusal; `CatalogueMissing` if nobody answers
 */
export const ask = async (
  access: ClusterAccess,
  spec: AccessRequestSpec,
  io: Io,
  patienceMs = PATIENCE_MS,
): Promise<Answered> => {
  const made = await access.call(client =>
    client.create(OWN.accessRequests, {
      apiVersion: GROUP_VERSION,
      kind: 'AccessRequest',
      metadata: { name: randomName(), namespace: REQUESTS_NAMESPACE },
      spec,
    }),
  );
  const { name, namespace } = made.metadata;
  const status = await poll(
    io,
    async () => {
      const { status: current } = await access.call(client => client.get(OWN.accessRequests, { name, namespace }));
      return findCondition(current?.conditions, ANSWERED) ? current : undefined;
    },
    {
      timeoutMs: patienceMs,
      quietMs: QUIET_MS,
      onTimeout: () => new NoAnswer(access.context, patienceMs),
    },
  );
  const condition = findCondition(status.conditions, ANSWERED);
  if (condition?.status !== 'True') {
    throw refusalOf(condition?.reason ?? '', condition?.message ?? '', access.context);
  }
  if (status.cluster === undefined) throw refusalOf('InternalError', 'the answer names no cluster', access.context);
  return { ...status, cluster: status.cluster };
};
