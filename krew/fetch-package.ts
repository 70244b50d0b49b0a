import { access, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from '../test/clusters/cache-folder.ts';
import { runCommand } from '../test/clusters/run-command.ts';
import { lockedPackage } from './locked-package.ts';
import { verifyIntegrity } from './verify-integrity.ts';

const isThere = async (path: string): Promise<boolean> => {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
};

const verify = async (path: string, integrity: string): Promise<void> =>
  verifyIntegrity(path, await readFile(path), integrity);

/**
 * The tarball of a package of package-lock.json, downloaded into the cache where it is not there yet. npm itself fetches
 * it, so its registry, proxy and login apply; it must be what the lockfile names, each time. Throws `NotInLockfile`,
 * `IntegrityMismatch`.
 */
export const fetchPackage = async (name: string): Promise<string> => {
  const { version, integrity } = lockedPackage(name);
  const cache = join(cacheFolder(process.env), 'node');
  const file = `${name}-${version}.tgz`;
  const path = join(cache, file);
  if (await isThere(path)) {
    await verify(path, integrity);
    return path;
  }
  await mkdir(cache, { recursive: true });
  const aside = await mkdtemp(join(cache, 'download-'));
  try {
    const flags = ['--silent', '--ignore-scripts', '--pack-destination', aside];
    await runCommand('npm', ['pack', ...flags, `${name}@${version}`]);
    await verify(join(aside, file), integrity);
    await rename(join(aside, file), path);
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
  return path;
};
