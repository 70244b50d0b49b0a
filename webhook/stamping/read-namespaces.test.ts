import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { contentOf, namespaceEntry, paxEntry, type TarEntry } from '../../test/fakes/backup-content.ts';
import { codeOf } from '../../test/fakes/code-of.ts';
import { readNamespaces } from './read-namespaces.ts';

const read = async (zipped: Buffer): Promise<Record<string, string>> =>
  Object.fromEntries(await readNamespaces(Readable.from([zipped])));

const other: TarEntry = { name: 'resources/pods/namespaces/shop/cart.json', content: 'x'.repeat(70_000) };
const version: TarEntry = { name: 'metadata/version', content: '1.1.0\n' };

test('the UIDs of the namespaces are found, wherever they lie, once for each version of the API', async () => {
  const zipped = contentOf(
    version,
    namespaceEntry('shop', 'u1'),
    namespaceEntry('shop', 'u1', 'v1-preferredversion/'),
    other,
    namespaceEntry('shop-db', 'u2', 'v1-preferredversion/'),
  );
  expect(await read(zipped)).toEqual({ shop: 'u1', 'shop-db': 'u2' });
});

test('content without namespaces has none', async () => {
  expect(await read(contentOf(version, other))).toEqual({});
  expect(await read(contentOf())).toEqual({});
});

/** How archives are read, and which are refused: webhook/cluster/tar-files.test.ts. */
describe('is taken for no namespace', () => {
  test.each<[string, TarEntry[]]>([
    [
      'a kind of that name of somebody else',
      [{ ...namespaceEntry('shop', 'u1'), name: 'resources/namespaces.x.io/cluster/shop.json' }],
    ],
    [
      'an object in a namespace',
      [{ ...namespaceEntry('shop', 'u1'), name: 'resources/namespaces/namespaces/a/shop.json' }],
    ],
    ['what lies deeper', [{ ...namespaceEntry('shop', 'u1'), name: 'x/resources/namespaces/cluster/shop.json' }]],
    ['a link', [{ ...namespaceEntry('shop', 'u1'), content: '', type: '2' }]],
    ['a file whose true name stands before it', [paxEntry({ path: 'elsewhere' }), namespaceEntry('shop', 'u1')]],
  ])('%s', async (_, entries) => {
    expect(await read(contentOf(...entries))).toEqual({});
  });
});

describe('is refused', () => {
  const flawed = (content: object): Buffer =>
    contentOf({ name: 'resources/namespaces/cluster/shop.json', content: JSON.stringify(content) });

  test.each<[string, Buffer]>([
    ['two namespaces of one name', contentOf(namespaceEntry('shop', 'u1'), namespaceEntry('shop', 'u2', 'v1/'))],
    [
      'a namespace under another name',
      flawed({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'x', uid: 'u' } }),
    ],
    ['another kind', flawed({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'shop', uid: 'u' } })],
    ['a namespace without UID', flawed({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } })],
    ['no JSON', contentOf({ name: 'resources/namespaces/cluster/shop.json', content: '{' })],
    [
      'a namespace that is too large',
      contentOf({ name: 'resources/namespaces/cluster/shop.json', content: 'x'.repeat(3_000_000) }),
    ],
    ['what is cut off', contentOf(other, namespaceEntry('shop', 'u1')).subarray(0, -30)],
  ])('%s', async (_, zipped) => {
    expect(await codeOf(() => read(zipped))).toBe('StampInvalid');
  });
});
