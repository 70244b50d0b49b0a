import { describe, expect, test } from 'vitest';
import type { BackupSelection } from '../../api/velero/velero-types.ts';
import { takesNamespace } from './namespace-scope.ts';

const selection = (includedNamespaces?: string[] | null, excludedNamespaces?: string[] | null): BackupSelection => ({
  ...(includedNamespaces === undefined ? {} : { includedNamespaces }),
  ...(excludedNamespaces === undefined ? {} : { excludedNamespaces }),
});

describe('a backup takes namespace "shop"', () => {
  test.each<[BackupSelection]>([
    [selection()],
    [selection(null, null)],
    [selection([], [])],
    [selection(['*'])],
    [selection(['shop'])],
    [selection(['billing', 'shop'])],
    [selection(['*'], ['billing'])],
    [selection([], ['shop-*', 'sho'])],
    [selection(['sh*'])],
    [selection(['sh*'], ['shop-*'])],
    // Beside a bare star Velero expands nothing: the exclude is the name of a namespace that cannot be.
    [selection(['*'], ['sh*'])],
    [selection(['*', 'x*'], ['sho?'])],
  ])('%j', each => {
    expect(takesNamespace(each, 'shop')).toBe(true);
  });
});

describe('a backup does not take namespace "shop"', () => {
  test.each<[BackupSelection]>([
    [selection(['billing'])],
    [selection(['shop-*', 'sho', ''])],
    [selection(['*'], ['shop'])],
    [selection(['shop'], ['shop'])],
    [selection(['shop'], ['*'])],
    [selection(['*'], ['*'])],
    [selection([], ['shop'])],
    [selection(null, ['sh*'])],
    [selection(['sh*'], ['shop'])],
    [selection(['sh*'], ['s*'])],
  ])('%j', each => {
    expect(takesNamespace(each, 'shop')).toBe(false);
  });
});
