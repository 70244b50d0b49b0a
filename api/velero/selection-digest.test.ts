import { describe, expect, test } from 'vitest';
import { selectionDigest } from './selection-digest.ts';
import type { BackupSelection } from './velero-types.ts';

const LISTS = [
  'includedNamespaces',
  'excludedNamespaces',
  'includedResources',
  'excludedResources',
  'includedClusterScopedResources',
  'excludedClusterScopedResources',
  'includedNamespaceScopedResources',
  'excludedNamespaceScopedResources',
] as const;

const FULL: BackupSelection = {
  ...Object.fromEntries(LISTS.map(name => [name, [name]])),
  includeClusterResources: true,
  labelSelector: { matchLabels: { a: 'b' }, matchExpressions: [{ key: 'c', operator: 'In', values: ['d'] }] },
  orLabelSelectors: [{ matchLabels: { e: 'f' } }],
};

describe('absent and empty are the same', () => {
  const none = selectionDigest({});

  test.each(LISTS)('%s', name => {
    expect(selectionDigest({ [name]: [] })).toBe(none);
    expect(selectionDigest({ [name]: null })).toBe(none);
  });

  test.each<[string, BackupSelection]>([
    ['includeClusterResources', { includeClusterResources: null }],
    ['a selector', { labelSelector: null }],
    ['an empty selector', { labelSelector: {} }],
    ['a selector of no labels', { labelSelector: { matchLabels: {} } }],
    ['a selector of no expressions', { labelSelector: { matchExpressions: [] } }],
    ['a selector of nulls', { labelSelector: { matchLabels: null, matchExpressions: null } }],
    ['no selectors to choose from', { orLabelSelectors: [] }],
    ['null for them', { orLabelSelectors: null }],
  ])('%s', (_, selection) => {
    expect(selectionDigest(selection)).toBe(none);
  });

  test('within the selectors to choose from', () => {
    const plain = selectionDigest({ orLabelSelectors: [{}] });
    expect(selectionDigest({ orLabelSelectors: [{ matchLabels: {}, matchExpressions: [] }] })).toBe(plain);
    expect(selectionDigest({ orLabelSelectors: [null] })).toBe(plain);
    expect(plain).not.toBe(none);
  });

  test('the values of an expression that has none', () => {
    const exists = { key: 'app', operator: 'Exists' };
    const digest = selectionDigest({ labelSelector: { matchExpressions: [exists] } });
    expect(selectionDigest({ labelSelector: { matchExpressions: [{ ...exists, values: [] }] } })).toBe(digest);
    expect(selectionDigest({ labelSelector: { matchExpressions: [{ ...exists, values: null }] } })).toBe(digest);
  });
});

describe('each field matters', () => {
  const digests = new Set([selectionDigest(FULL)]);

  test.each([...LISTS, 'includeClusterResources', 'labelSelector', 'orLabelSelectors'] as const)('%s', name => {
    const digest = selectionDigest({ ...FULL, [name]: null });
    expect(digests).not.toContain(digest);
    digests.add(digest);
  });

  test('and no two lists can stand for one another', () => {
    const single = LISTS.map(name => selectionDigest({ [name]: ['x'] }));
    expect(new Set(single).size).toBe(LISTS.length);
  });

  test('false is not the same as not said', () => {
    const values = [true, false, null].map(includeClusterResources => selectionDigest({ includeClusterResources }));
    expect(new Set(values).size).toBe(3);
  });

  test('every part of a selector', () => {
    const selectors = [
      { matchLabels: { a: 'b' } },
      { matchLabels: { a: 'c' } },
      { matchExpressions: [{ key: 'a', operator: 'In', values: ['b'] }] },
      { matchExpressions: [{ key: 'a', operator: 'NotIn', values: ['b'] }] },
      { matchExpressions: [{ key: 'b', operator: 'In', values: ['b'] }] },
      { matchExpressions: [{ key: 'a', operator: 'In', values: ['b', 'c'] }] },
    ];
    const all = [
      ...selectors.map(labelSelector => selectionDigest({ labelSelector })),
      ...selectors.map(selector => selectionDigest({ orLabelSelectors: [selector] })),
    ];
    expect(new Set(all).size).toBe(all.length);
  });
});

test('how a backup is made does not matter, only what it selects', () => {
  const how = { storageLocation: 'default', ttl: '720h0m0s', hooks: {}, snapshotVolumes: true, metadata: {} };
  expect(selectionDigest({ ...FULL, ...how })).toBe(selectionDigest(FULL));
});

test('the form that stamps in buckets rest on does not change', () => {
  expect(selectionDigest({})).toBe('sha256:e5335cff1685c76cae0753eafeba35626db0a1862c081586b242008240af1b22');
});
