import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contentOf, longNameEntry, paxEntry, type TarEntry, tarOf } from '../../test/fakes/backup-content.ts';
import { BrokenArchive, type TarOptions, tarFiles } from './tar-files.ts';

const LONG = `resources/deployments.apps/namespaces/shop/${'x'.repeat(120)}.json`;

const read = async (zipped: Buffer | Readable, options: Partial<TarOptions> = {}): Promise<Record<string, string>> => {
  const stream = Buffer.isBuffer(zipped) ? Readable.from([zipped]) : zipped;
  const files: Record<string, string> = {};
  const wanted = { isWanted: () => true, maxFileBytes: 10_000, ...options };
  for await (const { path, content } of tarFiles(stream, wanted)) files[path] = content.toString();
  return files;
};

const file = (name: string, content: string | Buffer = '{}'): TarEntry => ({ name, content });
const archive = contentOf(
  file('metadata/version', '1.1.0'),
  paxEntry({ path: LONG }),
  file('short', '{"a":1}'),
  file('empty', ''),
  file('big', 'y'.repeat(5_000)),
);
const FILES = { 'metadata/version': '1.1.0', [LONG]: '{"a":1}', empty: '', big: 'y'.repeat(5_000) };

test('every file comes out, however the stream is cut into pieces', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1 }), async sizes => {
      const pieces: Buffer[] = [];
      for (let start = 0, index = 0; start < archive.length; index += 1) {
        const end = start + (sizes[index % sizes.length] ?? 1);
        pieces.push(archive.subarray(start, end));
        start = end;
      }
      expect(await read(Readable.from(pieces))).toEqual(FILES);
    }),
    { numRuns: 30 },
  );
});

test('only what is wanted comes out; what is not may be of any size', async () => {
  expect(await read(archive, { isWanted: path => path === LONG })).toEqual({ [LONG]: '{"a":1}' });
  expect(await read(archive, { isWanted: path => path !== 'big', maxFileBytes: 100 })).not.toHaveProperty('big');
});

test('an empty archive has no files', async () => {
  expect(await read(contentOf())).toEqual({});
});

test('names that do not fit into a header are those of the next file only', async () => {
  const zipped = contentOf(longNameEntry('resources/long'), file('a', '1'), file('b', '2'));
  expect(await read(zipped)).toEqual({ 'resources/long': '1', b: '2' });
  const pax = contentOf(paxEntry({ mtime: '1.5', path: 'resources/später' }), file('a', '1'), file('b', '2'));
  expect(await read(pax)).toEqual({ 'resources/später': '1', b: '2' });
});

test('what is no file is passed over: links, folders, devices, and what follows a name of them', async () => {
  const entries = ['1', '2', '3', '5', '6'].map((type): TarEntry => ({ name: `of-type-${type}`, content: '', type }));
  const named = [paxEntry({ path: 'true-name' }), { name: 'link', content: '', type: '2' }];
  expect(await read(contentOf(...entries, ...named, file('a')))).toEqual({ a: '{}' });
});

test('a path may begin with the folder that it lies in', async () => {
  expect(await read(contentOf(file('./a')), { isWanted: path => path === 'a' })).toEqual({ a: '{}' });
});

test('who has seen enough lets go of the stream', async () => {
  const stream = Readable.from([archive]);
  for await (const _ of tarFiles(stream, { isWanted: () => true, maxFileBytes: 100 })) break;
  expect(stream.destroyed).toBe(true);
});

describe('is refused', () => {
  const header = (change: (block: Buffer) => void): Buffer => {
    const tar = tarOf([file('a', 'x')]);
    change(tar.subarray(0, 512));
    return tar;
  };
  const withSum = (block: Buffer): void => {
    block.write('        ', 148);
    const sum = block.subarray(0, 512).reduce((total, byte) => total + byte, 0);
    block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  };
  const size = (value: string | Buffer) => header(block => [block.fill(value, 124, 136), withSum(block)]);
  const records = (content: string): Buffer => contentOf({ name: 'PaxHeaders/x', content, type: 'x' }, file('a'));

  test.each<[string, Buffer, string]>([
    ['a file that lies above the archive', contentOf(file('../etc/passwd')), 'outside'],
    ['one that comes out above it', contentOf(file('resources/../../x')), 'outside'],
    ['one with a path from the root', contentOf(file('/etc/passwd')), 'outside'],
    ['one whose true name does', contentOf(paxEntry({ path: '../x' }), file('a')), 'outside'],
    ['one whose GNU name does', contentOf(longNameEntry('/x'), file('a')), 'outside'],
    ['a path that is there twice', contentOf(file('a', '1'), file('a', '2')), 'twice'],
    ['one that is so by its true name', contentOf(file('a'), paxEntry({ path: 'a' }), file('b')), 'twice'],
    ['a file with two true names', contentOf(paxEntry({ path: 'b' }), longNameEntry('c'), file('a')), 'two names'],
    ['a file that is larger than told', contentOf(file('a', 'x'.repeat(10_001))), 'larger than an object'],
    ['a name without measure', contentOf(longNameEntry('x'.repeat(70_000)), file('a')), 'longer than a name'],
    ['a header for all that follows', contentOf({ ...paxEntry({ path: 'b' }), type: 'g' }, file('a')), 'global header'],
    ['another size, by pax', contentOf(paxEntry({ size: '1' }), file('a')), 'pax header'],
    ['a name with a zero in it', contentOf(paxEntry({ path: 'a\0b' }), file('a')), 'pax header'],
    ['a record that is longer than the rest', records('99 path=b\n'), 'pax header'],
    ['a record without a length', records('path=b\n'), 'pax header'],
    ['a record without a value', records('8 path\nx'), 'pax header'],
    ['a record of no length', records('0 path=b\n'), 'pax header'],
    ['a size that is no number', gzipSync(size('x')), 'names no size'],
    ['a size in base 256', gzipSync(size(Buffer.from([0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]))), 'names no size'],
    ['a damaged header', gzipSync(header(block => block.write('9', 10))), 'damaged'],
    ['a header without a sum', gzipSync(header(block => block.write('x', 148))), 'damaged'],
    ['a file that is cut off', gzipSync(tarOf([file('a', 'x'.repeat(2_000))]).subarray(0, 1_024)), 'middle of a file'],
    ['a name that is cut off', gzipSync(tarOf([longNameEntry('y'.repeat(900))]).subarray(0, 700)), 'middle of a file'],
    ['an archive without an end', gzipSync(tarOf([file('a')]).subarray(0, -1_024)), 'without an end'],
    ['a gzip that is cut off', archive.subarray(0, -30), 'broke off'],
    ['what is no gzip', tarOf([file('a')]), 'damaged'],
    ['nothing', Buffer.alloc(0), 'broke off'],
  ])('%s', async (_, zipped, why) => {
    const reading = read(zipped);
    await expect(reading).rejects.toBeInstanceOf(BrokenArchive);
    await expect(reading).rejects.toThrow(why);
  });

  test('a gzip bomb, whether it is wanted or not, with little of it unpacked', async () => {
    const bomb = contentOf(file('zeros', Buffer.alloc(64 * 1024 * 1024)));
    expect(bomb.length).toBeLessThan(100_000);
    const options = { isWanted: () => false, maxBytes: 1024 * 1024 };
    await expect(read(bomb, options)).rejects.toThrow('larger than any backup');
  });

  test('a stream that breaks off', async () => {
    const stream = new Readable({ read: () => undefined });
    stream.push(archive.subarray(0, 20));
    const reading = read(stream);
    stream.destroy(new Error('connection reset'));
    await expect(reading).rejects.toThrow('broke off');
  });
});
