import { inflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { zip } from './zip.ts';

const program = Buffer.alloc(5000, 'program');
const archive = zip([
  { name: 'kubectl-recover.exe', content: program, executable: true },
  { name: 'LICENSE', content: Buffer.from('terms'), executable: false },
]);

/** Reads it from its end, as programs do: APPNOTE 4.3.16, then 4.3.12. */
const readBack = () => {
  const end = archive.length - 22;
  expect(archive.readUInt32LE(end)).toBe(0x06054b50);
  const files = [];
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left -= 1) {
    expect(archive.readUInt32LE(at)).toBe(0x02014b50);
    const nameLength = archive.readUInt16LE(at + 28);
    const local = archive.readUInt32LE(at + 42);
    const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    const content = inflateRawSync(archive.subarray(start, start + archive.readUInt32LE(at + 20)));
    files.push({
      name: archive.toString('ascii', at + 46, at + 46 + nameLength),
      mode: archive.readUInt16LE(at + 40),
      crc: archive.readUInt32LE(at + 16),
      content,
    });
    at += 46 + nameLength;
  }
  expect(at).toBe(end);
  return files;
};

test('its directory leads to every file', () => {
  expect(readBack().map(({ name, mode }) => [name, mode])).toEqual([
    ['kubectl-recover.exe', 0o100755],
    ['LICENSE', 0o100644],
  ]);
  expect(readBack().map(({ content }) => content)).toEqual([program, Buffer.from('terms')]);
});

test('its checksums are those of CRC-32', () => {
  // python3 -c 'import zlib; print(hex(zlib.crc32(b"terms")))'
  expect(readBack()[1]?.crc).toBe(0x88a23f71);
});
