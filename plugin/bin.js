#!/usr/bin/env node
// Starts the plugin: its sources, or the bundle of an installed package, since Node runs no TypeScript in node_modules.
// It takes a Node that runs TypeScript as it is: the one at hand, or the one installed beside it.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const sources = new URL('./main.ts', import.meta.url);
const main = existsSync(sources) ? sources : new URL('../dist/kubectl-recover.cjs', import.meta.url);
if (process.features.typescript) {
  await import(main.href);
} else {
  const node = fileURLToPath(import.meta.resolve(`node-${platform()}/package.json`)).replace(
    /package\.json$/,
    'bin/node',
  );
  const { status, error } = spawnSync(node, [fileURLToPath(main), ...process.argv.slice(2)], { stdio: 'inherit' });
  if (error) throw error;
  process.exitCode = status ?? 1;
}

function platform() {
  const names = {
    'linux-x64': 'linux-x64',
    'linux-arm64': 'linux-arm64',
    'darwin-x64': 'darwin-x64',
    'darwin-arm64': 'bin-darwin-arm64',
  };
  const name = names[`${process.platform}-${process.arch}`];
  if (name === undefined) throw new Error('kubectl-recover needs Node 22.18 or newer on this platform');
  return name;
}
