import { describe, expect, test } from 'vitest';
import type { Plan, PlanItem, PlanState } from '../recovery/make-plan.ts';
import { planNotes, planSummary, planTable } from './plan-text.ts';

const item = (state: PlanState, kind: string, name: string, namespace = 'shop'): PlanItem => ({
  ...{ state, apiVersion: 'v1', kind, name, namespace, sourceNamespace: 'shop' },
  ...(state === 'unknown' ? { why: `you may not list them in namespace "${namespace}"` } : {}),
});

const planOf = (...items: readonly PlanItem[]): Plan => {
  const count = (state: PlanState): number => items.filter(one => one.state === state).length;
  const summary = {
    ...{ create: count('create'), same: count('same'), differs: count('differs') },
    ...{ exists: count('exists'), unknown: count('unknown'), leftOut: count('leftOut') },
  };
  return { summary, items, unlisted: 0, contentsRead: true };
};

describe('what the user may not look at', () => {
  const plan = planOf(
    item('create', 'ConfigMap', 'a'),
    item('unknown', 'ConfigMap', 'b', 'shop-test'),
    item('unknown', 'ConfigMap', 'c', 'shop-test'),
    item('unknown', 'Service', 'd', 'shop-test'),
    item('unknown', 'Secret', 'e', 'other'),
  );

  test('is unknown in the table, with why', () => {
    expect(planTable(plan, false)).toMatch(/unknown +ConfigMap +shop-test +b +you may not list them in namespace/);
  });

  test('is counted', () => {
    expect(planSummary(plan, 'Keep')).toBe('create 1   same 0   unknown 4 (you may not look)');
  });

  test('is told once for each namespace, with what that means', () => {
    expect(planNotes(plan).slice(0, -1)).toEqual([
      'you may not list what is in namespace "shop-test" (ConfigMap 2, Service 1), so whether it is there is not known; if the namespace does not exist yet, all of it is created',
      'you may not list what is in namespace "other" (Secret 1), so whether it is there is not known; if the namespace does not exist yet, all of it is created',
    ]);
  });

  test('needs no word where there is nothing of it', () => {
    expect(planNotes(planOf(item('create', 'ConfigMap', 'a')))).toHaveLength(1);
  });
});
