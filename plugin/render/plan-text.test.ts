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
    ...{ exists: count('exists'), unknown: count('unknown'), madeAgain: count('madeAgain'), leftOut: count('leftOut') },
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

describe('what controllers make again', () => {
  const plan = planOf(
    item('madeAgain', 'Pod', 'web-1'),
    item('madeAgain', 'Pod', 'web-2'),
    item('madeAgain', 'EndpointSlice', 'web-x'),
    item('differs', 'ConfigMap', 'settings'),
  );

  test('is counted', () => {
    expect(planSummary(plan, 'Keep')).toBe(
      'create 0   same 0   differ 1 (kept; --existing-resources update takes the point’s)   ' +
        'made again by controllers 3 (Pod 2, EndpointSlice 1)',
    );
  });

  test('is listed only where all is asked for, below everything else', () => {
    expect(planTable(plan, false).split('\n').slice(1)).toEqual([expect.stringMatching(/^differs +ConfigMap /), '']);
    expect(planTable(plan, true)).toMatch(/^PLAN.*\ndiffers .*\nmade-again +Pod .*\nmade-again +Pod .*\nmade-again +E/);
  });
});

test('what Velero adds to is told apart from what is kept', () => {
  const account: PlanItem = { ...item('differs', 'ServiceAccount', 'default'), merged: true };
  expect(planSummary(planOf(account), 'Keep')).toBe('create 0   same 0   add to 1 (ServiceAccount 1)');
  expect(planSummary(planOf(account, item('differs', 'ConfigMap', 'a')), 'Update')).toBe(
    'create 0   same 0   differ 1 (the point’s are taken)   add to 1 (ServiceAccount 1)',
  );
});

test('kinds that are never recovered have a row for each namespace, others one for each object', () => {
  const event = (name: string, namespace?: string): PlanItem => ({
    ...item('leftOut', 'Event', name, namespace),
    ...{ why: 'events are never recovered', neverRecovered: true },
  });
  const plan = planOf(
    event('a'),
    item('leftOut', 'Job', 'report-1'),
    event('b'),
    event('c', 'shop-db'),
    item('leftOut', 'Job', 'report-2'),
  );
  expect(
    planTable(plan, false)
      .split('\n')
      .map(row => row.split(/ {3,}/)),
  ).toEqual([
    ['PLAN', 'KIND', 'NAMESPACE', 'NAME', 'WHY'],
    ['left-out', 'Event', 'shop', '2 objects', 'events are never recovered'],
    ['left-out', 'Job', 'shop', 'report-1'],
    ['left-out', 'Event', 'shop-db', 'c', 'events are never recovered'],
    ['left-out', 'Job', 'shop', 'report-2'],
    [''],
  ]);
  expect(planSummary(plan, 'Keep')).toContain('left out 5 (Event 3, Job 2)');
});
