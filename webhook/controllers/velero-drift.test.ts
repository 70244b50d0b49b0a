import { expect, test } from 'vitest';
import { judgeVeleroDrift } from './velero-drift.ts';

const velero = { namespace: 'velero', serviceAccount: 'velero' };
const other = { namespace: 'backup', serviceAccount: 'velero' };

test('T30: as confirmed is right, in whatever order', () => {
  expect(judgeVeleroDrift([other, velero], [velero, other])).toMatchObject({ status: 'True', reason: 'AsConfirmed' });
});

test.each([
  [
    'another account',
    [{ ...velero, serviceAccount: 'default' }],
    [velero],
    /"velero\/default", which nobody.*"velero\/velero" is trusted/,
  ],
  ['a second one', [velero, other], [velero], /runs as "backup\/velero", which nobody confirmed/],
  ['one that is gone', [], [velero], /"velero\/velero" is trusted as Velero, but/],
  ['one that nobody confirmed', [velero], [], /which nobody confirmed/],
])('T30: %s is drift', (_, running, confirmed, message) => {
  const condition = judgeVeleroDrift(running, confirmed);
  expect(condition).toMatchObject({ type: 'VeleroConfirmed', status: 'False', reason: 'VeleroDrift' });
  expect(condition.message).toMatch(message);
  expect(condition.message).toContain('kubectl recover install');
});
