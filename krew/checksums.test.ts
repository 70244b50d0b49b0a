import { expect, test } from 'vitest';
import { checksumsText, sha256 } from './checksums.ts';

test('each file has a line as sha256sum writes it', () => {
  // printf abc | sha256sum
  const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  expect(sha256(Buffer.from('abc'))).toBe(abc);
  expect(checksumsText(new Map([['a.zip', abc]]))).toBe(`${abc}  a.zip\n`);
});
