import Type from 'typebox';
import { parserOf } from '../../api/parse.ts';
import { object, optional } from '../../api/schema.ts';

/**
 * Velero's results of a Backup or Restore (pkg/util/results/result.go): messages by namespace, and those of none. Which
 * list a message is in depends on the logger it went through (pkg/util/logging/log_counter_hook.go): those of hooks
 * name no namespace.
 */
const messages = () => optional(Type.Union([Type.Array(Type.String()), Type.Null()]));
const resultSchema = object({
  velero: messages(),
  cluster: messages(),
  namespaces: optional(
    Type.Union([
      Type.Unsafe<Record<string, string[]>>({
        type: 'object',
        additionalProperties: { type: 'array', items: { type: 'string' } },
      }),
      Type.Null(),
    ]),
  ),
});
const parse = parserOf(object({ errors: optional(resultSchema) }), 'the results of Velero', 'StateUnavailable');

export interface VeleroErrors {
  readonly byNamespace: ReadonlyMap<string, readonly string[]>;
  /** Of objects that are cluster-wide, and of Velero itself. */
  readonly unattributed: readonly string[];
}

/** The errors among the results as they lie in the object store. @throws RecoverError `StateUnavailable` */
export const veleroErrors = (results: unknown): VeleroErrors => {
  const { namespaces, velero, cluster } = parse(results).errors ?? {};
  return {
    byNamespace: new Map(Object.entries(namespaces ?? {})),
    unattributed: [...(cluster ?? []), ...(velero ?? [])],
  };
};
