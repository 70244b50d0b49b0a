import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import packageJson from '../package.json' with { type: 'json' };
import { runCommand } from '../test/clusters/run-command.ts';

export const NPM_PACKAGE = `${packageJson.name}-${packageJson.version}.tgz`;

/**
 * `package.json` of what npm installs. The bundle has every library in it, so none is named; the pinned Nodes are for
 * those whose own Node is too old, and npm goes on without them where it cannot fetch them.
 */
export const npmManifest = (): string => {
  const { name, version, description, license, type, engines, bin, optionalDependencies } = packageJson;
  return `${JSON.stringify({ name, version, description, license, type, engines, bin, optionalDependencies }, undefined, 2)}\n`;
};

/**
 * Lays the npm package out in `npm/` of the folder with the bundles, and packs it into the folder `release`.
 * `npm install -g` takes it as it is, without a network too; so does `npm publish`.
 */
export const makeNpmPackage = async (root: string, dist: string, release: string): Promise<void> => {
  const folder = join(dist, 'npm');
  await rm(folder, { recursive: true, force: true });
  for (const file of [...packageJson.files, 'LICENSE', 'README.md']) {
    // What was just built is in `dist`, wherever that is.
    const source = file.startsWith('dist/') ? join(dist, file.slice('dist/'.length)) : join(root, file);
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await copyFile(source, join(folder, file));
  }
  await writeFile(join(folder, 'package.json'), npmManifest());
  await runCommand('npm', ['pack', '--ignore-scripts', '--pack-destination', release], { cwd: folder });
};
