import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import { bundleCatalogue, bundlePlugin, CATALOGUE_BUNDLE, PLUGIN_BUNDLE } from './bundle.ts';

let folder: string;
let metafiles: readonly Metafile[];

beforeAll(async () => {
  // Away from the repository: nothing is found in a node_modules or beside the sources.
  folder = await mkdtemp(join(tmpdir(), 'kubectl-recover-bundle-'));
  const root = join(import.meta.dirname, '..');
  metafiles = await Promise.all([bundlePlugin(root, folder), bundleCatalogue(root, folder)]);
});

afterAll(() => rm(folder, { recursive: true }));

const run = (file: string, ...args: readonly string[]) =>
  spawnSync(process.execPath, [join(folder, file), ...args], { encoding: 'utf8', cwd: folder });

test('the plugin runs from one file and says the version of package.json', () => {
  expect(run(PLUGIN_BUNDLE, 'version')).toMatchObject({
    status: 0,
    stdout: `kubectl-recover ${packageJson.version}\n`,
    stderr: '',
  });
});

test('the catalogue runs from one file as far as it gets without a cluster', () => {
  const kubeconfig = join(folder, 'none');
  expect(run(CATALOGUE_BUNDLE, '--kubeconfig', kubeconfig)).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/^catalogue: .*none/),
  });
});

test('no module of Node is loaded before the code that needs it', () => {
  const imports = metafiles.flatMap(({ outputs }) => Object.values(outputs)).flatMap(output => output.imports);
  expect(imports.filter(({ kind }) => kind === 'import-statement')).toEqual([]);
});
