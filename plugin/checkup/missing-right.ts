import { ApiError } from '../../api/kubernetes/api-error.ts';

/**
 * How the API server's authorizer words a refusal (apiserver/pkg/endpoints/handlers/responsewriters/errors.go); a
 * refusal of an admission policy is Forbidden too, but says something else.
 */
const REFUSAL =
  /^(?:.*: )?User "[^"]*" cannot (\S+) (?:resource "([^"]+)" in API group "([^"]*)"(?: in the namespace "([^"]+)")?|path "([^"]+)")/;

/** The RBAC right that was missing, such as `list backups.velero.io`; undefined if an error has another reason. */
export const missingRight = (error: unknown): string | undefined => {
  const cause = error instanceof Error && error.cause instanceof ApiError ? error.cause : error;
  if (!(cause instanceof ApiError) || cause.statusCode !== 403) return undefined;
  const [, verb, resource, group, namespace, path] = REFUSAL.exec(cause.message) ?? [];
  if (verb === undefined) return undefined;
  if (path !== undefined) return `${verb} ${path}`;
  const where = namespace === undefined ? '' : ` in namespace "${namespace}"`;
  return `${verb} ${resource}${group === '' ? '' : `.${group}`}${where}`;
};
