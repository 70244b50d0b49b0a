import { expect, test } from 'vitest';
import { dropPeSignature } from './drop-pe-signature.ts';

const PE = 0x80;
const TABLE = PE + 24 + 112 + 32;

const executable = (): Buffer => {
  const file = Buffer.alloc(1024, 0xff);
  file.writeUInt32LE(PE, 0x3c);
  file.write('PE\0\0', PE);
  file.writeUInt16LE(0x20b, PE + 24);
  return file;
};

test('only the entry of the certificate table is emptied', () => {
  const file = executable();
  dropPeSignature(file);
  expect(file.readBigUInt64LE(TABLE)).toBe(0n);
  expect(file.readUInt8(TABLE - 1)).toBe(0xff);
  expect(file.readUInt8(TABLE + 8)).toBe(0xff);
});

test.each([
  ['an empty file', Buffer.of()],
  ['a script', Buffer.alloc(1024, '#!/bin/sh\n')],
  ['a file that is cut off', executable().subarray(0, TABLE)],
])('%s is refused', (_case, file) => {
  expect(() => dropPeSignature(file)).toThrow(expect.objectContaining({ code: 'NotPortableExecutable' }));
});
