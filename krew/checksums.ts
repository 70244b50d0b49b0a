import { createHash } from 'node:crypto';

/** SHA-256 in lower case hex, as krew and `sha256sum` write it. */
export const sha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');

/** Lines for `sha256sum --check`. */
export const checksumsText = (sums: ReadonlyMap<string, string>): string =>
  [...sums].map(([file, sum]) => `${sum}  ${file}\n`).join('');
