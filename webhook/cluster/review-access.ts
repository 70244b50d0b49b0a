import type { Requester } from '../../api/kinds/requester.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { RecoverError } from '../../api/recover-error.ts';

interface ReviewAnswer {
  readonly status?: { readonly allowed?: boolean };
}

/** `ResourceAttributes` of authorization.k8s.io/v1. */
export interface AskedAccess {
  readonly namespace: string;
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
}

/**
 * Whether a user may do something, asked of the API server's own authorizer.
 * @throws RecoverError `StateUnavailable` if it does not answer; an error is never a yes.
 */
export const reviewAccess = async (
  client: KubeClient,
  requester: Requester,
  access: AskedAccess,
  what: string,
): Promise<boolean> => {
  const spec = {
    user: requester.username,
    groups: requester.groups ?? [],
    ...(requester.uid ? { uid: requester.uid } : {}),
    ...(requester.extra ? { extra: requester.extra } : {}),
    resourceAttributes: access,
  };
  const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec };
  try {
    const answer = await client.review<ReviewAnswer>('/apis/authorization.k8s.io/v1/subjectaccessreviews', body);
    return answer.status?.allowed === true;
  } catch (cause) {
    throw new RecoverError(
      {
        code: 'StateUnavailable',
        message: `the API server does not tell whether "${requester.username}" ${what}`,
        mend: 'try again shortly',
      },
      { cause },
    );
  }
};
