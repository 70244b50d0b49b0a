import type { Static } from 'typebox';
import { integer, list, object, oneOf, optional, text, time } from '../schema.ts';

/** `metav1.Condition`: type, status, one-word reason, message for people. */
export const conditionSchema = object({
  type: text({ maxLength: 64, pattern: '^[A-Z][A-Za-z]*$' }),
  status: oneOf(['True', 'False', 'Unknown']),
  reason: text({ maxLength: 64, pattern: '^[A-Z][A-Za-z]*$' }),
  message: text({ minLength: 0, maxLength: 4096 }),
  lastTransitionTime: time(),
  observedGeneration: optional(integer()),
});

export type Condition = Static<typeof conditionSchema>;

export const conditionsSchema = list(conditionSchema, { maxItems: 16, mapKeys: ['type'] });

export const findCondition = (conditions: readonly Condition[] | undefined, type: string): Condition | undefined =>
  conditions?.find(condition => condition.type === type);

/**
 * The conditions with one set; `lastTransitionTime` moves only when the status does, so that writing the same
 * twice changes nothing.
 */
export const withCondition = (
  conditions: readonly Condition[] | undefined,
  next: Omit<Condition, 'lastTransitionTime'>,
  now: Date,
): Condition[] => {
  const others = (conditions ?? []).filter(condition => condition.type !== next.type);
  const previous = findCondition(conditions, next.type);
  const lastTransitionTime =
    previous?.status === next.status ? previous.lastTransitionTime : `${now.toISOString().slice(0, 19)}Z`;
  return [...others, { ...next, lastTransitionTime }];
};
