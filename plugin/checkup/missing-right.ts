import { ApiError } from '../../api/kubernetes/api-error.ts';
import { parseLackingRight } from '../cluster/lacking-right.ts';

/** The RBAC right that was missing, such as `list backups.velero.io`; undefined if an error has another reason. */
export const missingRight = (error: unknown): string | undefined => {
  const cause = error instanceof Error && error.cause instanceof ApiError ? error.cause : error;
  if (!(cause instanceof ApiError) || cause.statusCode !== 403) return undefined;
  const right = parseLackingRight(cause.message);
  if (right === undefined) return undefined;
  const { verb, resource, group = '', namespace, path } = right;
  if (path !== undefined) return `${verb} ${path}`;
  const where = namespace === undefined ? '' : ` in namespace "${namespace}"`;
  return `${verb} ${resource}${group === '' ? '' : `.${group}`}${where}`;
};
