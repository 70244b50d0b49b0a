import { expect, test } from 'vitest';
import type { WouldBeRefused } from '../../api/would-be-refused.ts';
import { judgeWouldBeRefused } from './would-be-refused.ts';

const entry = (part: Partial<WouldBeRefused> = {}): WouldBeRefused => ({
  day: '2026-03-02',
  user: 'bob',
  what: 'create Restore',
  wall: 1,
  count: 1,
  last: '2026-03-02T11:00:00.000Z',
  ...part,
});

test('each user is listed with what it was, how often and when last, and what helps them', () => {
  const entries = [
    entry({ user: 'carol', what: 'create Schedule', wall: 3 }),
    entry({ count: 2 }),
    entry({ day: '2026-03-01', last: '2026-03-01T09:00:00.000Z' }),
    entry({ what: 'update Backup', wall: 2 }),
  ];
  expect(judgeWouldBeRefused(entries, 'Audit')).toEqual([
    {
      state: 'warning',
      what: '"bob" would be refused in mode Enforce: create Restore 3 times (wall 1, last 2026-03-02 11:00 UTC), update Backup 1 time (wall 2, last 2026-03-02 11:00 UTC)',
      mend: expect.stringMatching(/^owners recover with kubectl recover GROUP.*; a Restore or Backup is made anew/),
    },
    {
      state: 'warning',
      what: '"carol" would be refused in mode Enforce: create Schedule 1 time (wall 3, last 2026-03-02 11:00 UTC)',
      mend: expect.stringContaining('ClusterRole kubectl-recover-operator'),
    },
  ]);
});

test('those beyond the first ten are counted', () => {
  const entries = Array.from({ length: 13 }, (_, index) => entry({ user: `user-${index}` }));
  const findings = judgeWouldBeRefused(entries, 'Audit');
  expect(findings).toHaveLength(11);
  expect(findings.at(-1)).toMatchObject({ what: '3 more users would be refused in mode Enforce' });
});

test('nobody seen is told with what cannot be seen; without a mode nothing is told for sure', () => {
  expect(judgeWouldBeRefused([], 'Audit')).toMatchObject([{ state: 'ok', what: expect.stringContaining('wall 4') }]);
  expect(judgeWouldBeRefused([], 'Unknown')).toMatchObject([{ state: 'unknown' }]);
  expect(judgeWouldBeRefused([entry()], 'Mixed')).toMatchObject([{ state: 'warning' }]);
  expect(judgeWouldBeRefused([entry()], 'Enforce')).toMatchObject([{ state: 'ok' }]);
});
