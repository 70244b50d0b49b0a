import { ApiError } from '../../api/kubernetes/api-error.ts';
import { RecoverError } from '../../api/recover-error.ts';
import type { ClusterAccess } from './connect.ts';
import { parseLackingRight, rightMend } from './lacking-right.ts';

/** Of whoever writes ClusterRoles and admission, as an installation and a switch of the mode do. */
export const CLUSTER_ADMIN = 'cluster-admin';

const namingRole = (error: unknown, role: string, context: string): unknown => {
  if (!(error instanceof RecoverError) || error.code !== 'Forbidden' || !(error.cause instanceof ApiError))
    return error;
  const right = parseLackingRight(error.cause.message);
  if (right === undefined) return error;
  const { code, message } = error;
  return new RecoverError({ code, message, mend: rightMend(right, context, role) }, { cause: error.cause });
};

/**
 * Does something of a command in a cluster; who lacks a right for it is told the ClusterRole that all of it takes there,
 * instead of one for the first request alone. An undefined role: one request is all of it.
 */
export const needingRole = async <Answer>(
  role: string | undefined,
  { context }: Pick<ClusterAccess, 'context'>,
  act: () => Promise<Answer>,
): Promise<Answer> => {
  try {
    return await act();
  } catch (error) {
    throw role === undefined ? error : namingRole(error, role, context);
  }
};
