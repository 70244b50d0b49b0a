import { createHash } from 'node:crypto';
import { PackagingError } from './packaging-error.ts';

/**
 * Compares with the SHA-512 of a lockfile (`sha512-BASE64`, https://www.w3.org/TR/SRI/). Weaker hashes are not taken.
 * Throws `IntegrityMismatch`.
 */
export const verifyIntegrity = (name: string, content: Uint8Array, integrity: string): void => {
  const actual = `sha512-${createHash('sha512').update(content).digest('base64')}`;
  if (actual === integrity) return;
  throw new PackagingError('IntegrityMismatch', `"${name}" has ${actual}; the lockfile demands ${integrity}`);
};
