import lockfile from '../package-lock.json' with { type: 'json' };
import { PackagingError } from './packaging-error.ts';
import type { LockfileEntry } from './software-bill.ts';

/** What package-lock.json says of one package. */
export interface LockedPackage {
  readonly version: string;
  /** `sha512-BASE64` of its tarball. */
  readonly integrity: string;
}

const packages: Readonly<Record<string, LockfileEntry>> = lockfile.packages;

/** Throws `NotInLockfile`. */
export const lockedPackage = (name: string): LockedPackage => {
  const { version, integrity } = packages[`node_modules/${name}`] ?? {};
  if (version === undefined || integrity === undefined) {
    throw new PackagingError('NotInLockfile', `package-lock.json does not name "${name}"; run npm install`);
  }
  return { version, integrity };
};
