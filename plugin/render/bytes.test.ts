import { expect, test } from 'vitest';
import { bytesText } from './bytes.ts';

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [1024 ** 2 - 1, '1.0 MiB'],
  [1.2 * 1024 ** 3, '1.2 GiB'],
  [4 * 1024 ** 3, '4.0 GiB'],
  [2 * 1024 ** 6, '2048.0 PiB'],
])('%i bytes are %s', (bytes, text) => {
  expect(bytesText(bytes)).toBe(text);
});
