import { expect, test } from 'vitest';
import { nextRun } from './schedule.ts';

test.each([
  ['10:44:20', '10:45:00'],
  ['10:44:55', '10:45:00'],
  ['10:44:56', '10:46:00'],
  ['10:59:58', '11:01:00'],
])('a schedule that is made at %s runs at %s', (now, expected) => {
  const { cron, time } = nextRun(new Date(`2026-11-24T${now}Z`));
  expect(time.toISOString()).toBe(`2026-11-24T${expected}.000Z`);
  expect(cron).toBe(`${time.getMinutes()} * * * *`);
});
