import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { tarArchive } from '../../test/fakes/tar-archive.ts';
import { tarFiles } from './tar-files.ts';

const LONG = `resources/deployments.apps/namespaces/shop/${'x'.repeat(120)}.json`;

const read = async (archive: Buffer, isWanted: (path: string) => boolean = () => true, chunk = 700, max = 10_000) => {
  const chunks = Array.from({ length: Math.ceil(archive.length / chunk) }, (_, index) =>
    archive.subarray(index * chunk, (index + 1) * chunk),
  );
  const files: Record<string, string> = {};
  for await (const { path, content } of tarFiles(Readable.from(chunks), isWanted, max))
    files[path] = content.toString();
  return files;
};

const FILES = { 'metadata/version': '1.1.0', [LONG]: '{"a":1}', empty: '', big: 'y'.repeat(5_000) };

test.each([1, 511, 512, 513, 100_000])('every file comes out, whatever the chunks (%d bytes)', async chunk => {
  expect(await read(tarArchive(FILES), undefined, chunk)).toEqual(FILES);
});

test('only what is wanted comes out', async () => {
  expect(await read(tarArchive(FILES), path => path === LONG)).toEqual({ [LONG]: '{"a":1}' });
});

test('a file that is wanted and too large is an error; one that is not wanted is none', async () => {
  await expect(read(tarArchive(FILES), undefined, 700, 100)).rejects.toThrow(RangeError);
  expect(await read(tarArchive(FILES), path => path !== 'big', 700, 100)).not.toHaveProperty('big');
});

test('a header without a size is an error', async () => {
  const archive = tarArchive(FILES);
  archive.write('x', 124);
  await expect(read(archive)).rejects.toThrow(RangeError);
});
