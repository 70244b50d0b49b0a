import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

/** Writes the address of each module that is loaded to the file descriptor 3. */
const HOOK = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module';
  import { writeSync } from 'node:fs';
  registerHooks({ load: (url, context, next) => { writeSync(3, url + '\\n'); return next(url, context); } });
`)}`;

const MAIN = new URL('main.ts', import.meta.url).pathname;

/** Packages of node_modules that a command loads, from the sources. */
const packagesOf = (...argv: readonly string[]): readonly string[] => {
  const { status, output } = spawnSync(process.execPath, ['--import', HOOK, MAIN, ...argv], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    maxBuffer: 16 * 1024 * 1024,
  });
  expect({ argv, status, stderr: output[2] }).toEqual({ argv, status: 0, stderr: '' });
  const loaded = output[3] ?? '';
  expect(loaded).toContain('plugin/main.ts');
  const names = [...loaded.matchAll(/\/node_modules\/((?:@[^/]+\/)?[^/]+)\//g)].map(([, name = '']) => name);
  return [...new Set(names)].sort();
};

/** What speaks to clusters, or signs and reads tokens. */
const HEAVY = ['@kubernetes/client-node', 'undici', 'jose', 'typebox'];

test('version loads no package, not even the parser of arguments', () => {
  expect(packagesOf('version')).toEqual([]);
});

test.each([
  { argv: ['version', '-o', 'json'] },
  { argv: ['--help'] },
  { argv: ['cluster', 'trust', '--help'] },
  { argv: ['explain', 'NotOwner'] },
])('$argv loads nothing that speaks to clusters', ({ argv }) => {
  const loaded = packagesOf(...argv);
  expect(loaded).toContain('yargs');
  expect(loaded.filter(name => HEAVY.includes(name))).toEqual([]);
});
