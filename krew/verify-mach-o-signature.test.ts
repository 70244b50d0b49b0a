import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { verifyMachOSignature } from './verify-mach-o-signature.ts';

const PAGE = 4096;

const littleEndian = (...values: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) bytes.writeUInt32LE(value, 4 * index);
  return bytes;
};

const bigEndian = (...values: readonly number[]): Buffer => littleEndian(...values).swap32();

/** The smallest file that has all that is looked at: a header, one load command, two pages, a signature. */
const signedFile = ({ flags = 0x2 } = {}): Buffer => {
  const offset = PAGE + 100;
  const blobBytes = 20 + 44 + 2 * 32;
  const header = littleEndian(0xfeedfacf, 0x0100000c, 0, 2, 1, 16, 0, 0);
  const command = littleEndian(0x1d, 16, offset, blobBytes);
  const code = Buffer.concat([header, command], offset);
  const hashes = [code.subarray(0, PAGE), code.subarray(PAGE)].map(page => createHash('sha256').update(page).digest());
  const directory = Buffer.concat([
    ...[bigEndian(0xfade0c02, 44 + 64, 0x20100, flags, 44, 0, 0, 2, offset), Buffer.of(32, 2, 0, 12), bigEndian(0)],
    ...hashes,
  ]);
  return Buffer.concat([code, bigEndian(0xfade0cc0, blobBytes, 1, 0, 20), directory]);
};

const refused = (message: RegExp) =>
  expect.objectContaining({ code: 'SignatureInvalid', message: expect.stringMatching(message) });

test('pages that have the hashes of the signature pass', () => {
  expect(() => verifyMachOSignature(signedFile())).not.toThrow();
});

test.each([50, PAGE - 1, PAGE, PAGE + 99])('a change of byte %i is seen', position => {
  const file = signedFile();
  file.writeUInt8(file.readUInt8(position) ^ 1, position);
  expect(() => verifyMachOSignature(file)).toThrow(refused(/was changed/));
});

test('bytes behind the signature are seen', () => {
  expect(() => verifyMachOSignature(Buffer.concat([signedFile(), Buffer.of(0)]))).toThrow(refused(/end of the file/));
});

test('a file without a signature is seen', () => {
  const file = signedFile();
  file.writeUInt32LE(0x1b, 32);
  expect(() => verifyMachOSignature(file)).toThrow(refused(/no signature/));
});

test('a signature that names somebody is not ours', () => {
  expect(() => verifyMachOSignature(signedFile({ flags: 0 }))).toThrow(refused(/ad-hoc/));
});

test('what is no executable of macOS is refused', () => {
  expect(() => verifyMachOSignature(Buffer.alloc(100))).toThrow(expect.objectContaining({ code: 'NotMachO' }));
});
