import { expect, test } from 'vitest';
import { compare, isAsBefore, renamed } from './compare.ts';

test('each object has one fate', () => {
  const before = { 'A/gone': 1, 'B/stayed': 1, 'C/changed': 1, 'D/lost': 1 };
  const after = { 'A/gone': 1, 'B/stayed': 1, 'C/changed': 2, 'E/new': 1 };
  expect(compare(before, { 'B/stayed': 1 }, after)).toEqual([
    { object: 'A/gone', fate: 'restored' },
    { object: 'B/stayed', fate: 'kept' },
    { object: 'C/changed', fate: 'different' },
    { object: 'D/lost', fate: 'missing' },
    { object: 'E/new', fate: 'extra' },
  ]);
});

test('only what is equal to what there was is as before', () => {
  const fates = ['restored', 'kept', 'missing', 'different', 'extra'] as const;
  expect(fates.filter(fate => isAsBefore({ object: 'A/a', fate }))).toEqual(['restored', 'kept']);
});

test('renaming changes namespaces of subjects and nothing that only looks alike', () => {
  const snapshot = {
    'RoleBinding/reader': { subjects: [{ name: 'shop', namespace: 'shop' }], labels: { app: 'shop' } },
  };
  expect(renamed(snapshot, { shop: 'copy' })).toEqual({
    'RoleBinding/reader': { subjects: [{ name: 'shop', namespace: 'copy' }], labels: { app: 'shop' } },
  });
});
