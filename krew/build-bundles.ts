import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleCatalogue, bundleExecutableMain, bundlePlugin } from './bundle.ts';
import { bundledPackages } from './bundled-packages.ts';
import { type LicenseNotice, licensesText, readLicenseNotice } from './third-party-licenses.ts';

export const LICENSES_FILE = 'THIRD-PARTY-LICENSES.txt';

/** Writes the bundles into a folder, and the licences of what is inside of them; returns those. */
export const buildBundles = async (root: string, folder: string): Promise<readonly LicenseNotice[]> => {
  const metafiles = await Promise.all([
    bundlePlugin(root, folder),
    bundleCatalogue(root, folder),
    bundleExecutableMain(root, folder),
  ]);
  const packages = [...new Set(metafiles.flatMap(bundledPackages))].sort();
  const notices = await Promise.all(packages.map(path => readLicenseNotice(join(root, path))));
  await writeFile(join(folder, LICENSES_FILE), licensesText(notices));
  return notices;
};
