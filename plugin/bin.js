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
  process.exitCode = runIn(pinnedNode());
}

/** @param {string | undefined} node */
function runIn(node) {
  if (node === undefined) {
    process.stderr.write(
      `Error: kubectl-recover needs Node 22.18 or newer, and this is ${process.version}\n  do: update Node, or install it with krew, which needs none: kubectl krew install recover\n`,
    );
    return 1;
  }
  // Ctrl-C is for the plugin, which says how to come back and with which code it ends.
  process.on('SIGINT', () => undefined);
  const { status, error } = spawnSync(node, [fileURLToPath(main), ...process.argv.slice(2)], { stdio: 'inherit' });
  if (error) throw error;
  return status ?? 1;
}

function pinnedNode() {
  const names = {
    'linux-x64': 'linux-x64',
    'linux-arm64': 'linux-arm64',
    'darwin-x64': 'darwin-x64',
    'darwin-arm64': 'bin-darwin-arm64',
  };
  const name = names[`${process.platform}-${process.arch}`];
  if (name === undefined) return undefined;
  try {
    const manifest = fileURLToPath(import.meta.resolve(`node-${name}/package.json`));
    return manifest.replace(/package\.json$/, 'bin/node');
  } catch {
    // npm could not fetch it, or was told to leave out what is optional.
    return undefined;
  }
}
