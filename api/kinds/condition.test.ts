import { expect, test } from 'vitest';
import { type Condition, findCondition, withCondition } from './condition.ts';

const FIRST = new Date('2026-03-02T12:00:00.999Z');
const LATER = new Date('2026-03-02T12:05:00Z');
const ready = { type: 'Ready', status: 'True', reason: 'Claimed', message: 'all is well' } as const;
const other: Condition = { ...ready, type: 'Other', lastTransitionTime: '2026-01-01T00:00:00Z' };

test('a condition is added with the time of its change, in whole seconds as Kubernetes has them', () => {
  expect(withCondition(undefined, ready, FIRST)).toEqual([{ ...ready, lastTransitionTime: '2026-03-02T12:00:00Z' }]);
});

test('writing the same twice changes nothing', () => {
  const once = withCondition([other], ready, FIRST);
  expect(withCondition(once, ready, LATER)).toEqual(once);
});

test('the time moves with the status, and only with it', () => {
  const once = withCondition([], ready, FIRST);
  const [reworded] = withCondition(once, { ...ready, reason: 'Linked', message: 'still well' }, LATER);
  expect(reworded).toMatchObject({ reason: 'Linked', lastTransitionTime: '2026-03-02T12:00:00Z' });
  const [changed] = withCondition(once, { ...ready, status: 'False' }, LATER);
  expect(changed).toMatchObject({ status: 'False', lastTransitionTime: '2026-03-02T12:05:00Z' });
});

test('others are left as they are, and the given list too', () => {
  const given = Object.freeze([other, { ...ready, lastTransitionTime: '2026-01-01T00:00:00Z' }]);
  const next = withCondition(given, { ...ready, status: 'Unknown' }, FIRST);
  expect(next).toContainEqual(other);
  expect(next.filter(({ type }) => type === 'Ready')).toHaveLength(1);
  expect(given).toHaveLength(2);
});

test('what is not told any more is gone', () => {
  const once = withCondition([], { ...ready, observedGeneration: 3 }, FIRST);
  expect(once[0]).toHaveProperty('observedGeneration', 3);
  expect(withCondition(once, ready, LATER)[0]).not.toHaveProperty('observedGeneration');
});

test('a condition is found by its type', () => {
  expect(findCondition([other], 'Other')).toBe(other);
  expect(findCondition([other], 'Ready')).toBeUndefined();
  expect(findCondition(undefined, 'Ready')).toBeUndefined();
});
