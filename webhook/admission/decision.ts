import type { Problem } from '../../api/recover-error.ts';

/** A problem with the place it belongs to: a check, or a field. */
export interface PlacedProblem extends Problem {
  readonly field: string;
}

/** An operation of a JSON patch; `path` is a JSON pointer (RFC 6901). */
export type PatchOperation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string };

/** What an admission endpoint decides. There is no default: each way through an endpoint ends in one of these. */
export type Decision =
  | { readonly kind: 'allow'; readonly warnings?: readonly string[]; readonly audit?: Readonly<Record<string, string>> }
  | { readonly kind: 'mutate'; readonly patch: readonly PatchOperation[] }
  | { readonly kind: 'refuse'; readonly summary: string; readonly problems: readonly PlacedProblem[] };

/** Refuses for one reason. The problem may be an error, whose message is no property to be spread. */
export const refuse = (field: string, { code, message, mend }: Problem): Decision => ({
  kind: 'refuse',
  summary: message,
  problems: [{ code, message, field, ...(mend === undefined ? {} : { mend }) }],
});
