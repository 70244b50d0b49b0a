import { describe, expect, test } from 'vitest';
import type { RestoreView } from '../cluster/cluster-caches.ts';
import { restoresAhead } from './restores-ahead.ts';

const restore = (name: string, second: number, { namespace = 'velero', hasEnded = false } = {}): RestoreView => ({
  metadata: {
    name,
    namespace,
    uid: `uid-${name}`,
    creationTimestamp: `2026-03-01T12:00:0${second}Z`,
    resourceVersion: '1',
  },
  hasEnded,
});

const ours = restore('m', 5);

describe('what Velero has to do before a Restore', () => {
  test.each<[string, RestoreView, number]>([
    ['one made before it', restore('z', 4), 1],
    ['one made before it that has ended', restore('z', 4, { hasEnded: true }), 0],
    ['one made after it', restore('a', 6), 0],
    ['one of the same second, by name', restore('a', 5), 1],
    ['one of the same second, by name, after it', restore('z', 5), 0],
    ['one of another Velero', restore('z', 4, { namespace: 'velero-2' }), 0],
    ['itself', ours, 0],
  ])('%s', (_, other, ahead) => {
    expect(restoresAhead(ours, [other])).toBe(ahead);
  });

  test('all of them count', () => {
    expect(restoresAhead(ours, [restore('a', 1), restore('b', 2), ours])).toBe(2);
  });
});
