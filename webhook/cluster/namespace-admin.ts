import type { Requester } from '../../api/kinds/requester.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { RecoverError } from '../../api/recover-error.ts';

interface ReviewAnswer {
  readonly status?: { readonly allowed?: boolean };
}

/**
 * Whether a user is admin of a namespace: may create RoleBindings there, asked of the API server's own authorizer.
 * @throws RecoverError `StateUnavailable` if it does not answer; an error is never a yes.
 */
export const isNamespaceAdmin = async (
  client: KubeClient,
  requester: Requester,
  namespace: string,
): Promise<boolean> => {
  const spec = {
    user: requester.username,
    groups: requester.groups ?? [],
    ...(requester.uid ? { uid: requester.uid } : {}),
    ...(requester.extra ? { extra: requester.extra } : {}),
    resourceAttributes: { namespace, verb: 'create', group: 'rbac.authorization.k8s.io', resource: 'rolebindings' },
  };
  const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec };
  try {
    const answer = await client.review<ReviewAnswer>('/apis/authorization.k8s.io/v1/subjectaccessreviews', body);
    return answer.status?.allowed === true;
  } catch (cause) {
    throw new RecoverError(
      {
        code: 'StateUnavailable',
        message: `the API server does not tell whether "${requester.username}" is admin of namespace "${namespace}"`,
        mend: 'try again shortly',
      },
      { cause },
    );
  }
};
