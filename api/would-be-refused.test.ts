import { describe, expect, test } from 'vitest';
import { codeOf } from '../test/fakes/code-of.ts';
import {
  KEPT_DAYS,
  mergeWouldBeRefused,
  parseWouldBeRefused,
  type WouldBeRefused,
  writeWouldBeRefused,
} from './would-be-refused.ts';

const NOW = new Date('2026-03-20T12:00:00Z');

const entry = (part: Partial<WouldBeRefused> = {}): WouldBeRefused => {
  const last = part.last ?? '2026-03-20T11:00:00.000Z';
  return { day: last.slice(0, 10), user: 'alice', what: 'create Restore', wall: 1, count: 1, last, ...part };
};

describe('what would have been refused', () => {
  test('is counted by day, user and write', () => {
    const later = entry({ last: '2026-03-20T11:30:00.000Z', count: 2 });
    const others = [
      entry({ user: 'bob' }),
      entry({ what: 'update Backup' }),
      entry({ last: '2026-03-19T11:00:00.000Z' }),
    ];
    const merged = mergeWouldBeRefused([entry(), ...others], [later], NOW);
    expect(merged).toHaveLength(4);
    expect(merged[0]).toEqual({ ...later, count: 3 });
  });

  test('the order in which two replicas write makes no difference', () => {
    const [a, b] = [[entry({ count: 2 })], [entry({ last: '2026-03-20T11:30:00.000Z' }), entry({ user: 'bob' })]];
    expect(mergeWouldBeRefused(a, b, NOW)).toEqual(mergeWouldBeRefused(b, a, NOW));
  });

  test('is forgotten after two weeks', () => {
    const old = new Date(NOW.getTime() - KEPT_DAYS * 86_400_000).toISOString();
    expect(mergeWouldBeRefused([entry({ last: old })], [], NOW)).toEqual([]);
  });

  test('is bounded, whoever asks under however many and long names', () => {
    const many = Array.from({ length: 2_000 }, (_, index) => entry({ user: `${index}${'x'.repeat(5_000)}` }));
    const data = writeWouldBeRefused(mergeWouldBeRefused([], many, NOW));
    expect(parseWouldBeRefused({ data })).toHaveLength(500);
    expect(JSON.stringify(data).length).toBeLessThan(500_000);
  });

  test('is read back as it was written; none is nothing', () => {
    const entries = [entry(), entry({ user: 'bob "the" \\builder' })];
    expect(parseWouldBeRefused({ data: writeWouldBeRefused(entries) })).toEqual(entries);
    expect(parseWouldBeRefused(undefined)).toEqual([]);
    expect(parseWouldBeRefused({})).toEqual([]);
  });

  test.each(['', '{', '{}', '[{}]', '[{"day":"today"}]'])('a record that reads %j is not believed', async text => {
    expect(await codeOf(() => parseWouldBeRefused({ data: { 'entries.json': text } }))).toBe('RequestInvalid');
  });
});
