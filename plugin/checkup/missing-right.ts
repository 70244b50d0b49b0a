import { ApiError } from '../../api/kubernetes/api-error.ts';
import { parseLackingRight, rolesWith } from '../cluster/lacking-right.ts';
import { CLUSTER_ADMIN } from '../cluster/needing-role.ts';

/** A right that was missing, such as `list backups.velero.io`, and a ClusterRole that has it. */
export interface MissingRight {
  readonly text: string;
  readonly role: string;
}

/** Undefined if an error has another reason. */
export const missingRight = (error: unknown): MissingRight | undefined => {
  const cause = error instanceof Error && error.cause instanceof ApiError ? error.cause : error;
  if (!(cause instanceof ApiError) || cause.statusCode !== 403) return undefined;
  const right = parseLackingRight(cause.message);
  if (right === undefined) return undefined;
  const { verb, resource, group = '', namespace, path } = right;
  // Who examines a cluster reads more than the smallest one.
  const role = rolesWith(right).at(-1) ?? CLUSTER_ADMIN;
  if (path !== undefined) return { text: `${verb} ${path}`, role };
  const where = namespace === undefined ? '' : ` in namespace "${namespace}"`;
  return { text: `${verb} ${resource}${group === '' ? '' : `.${group}`}${where}`, role };
};
