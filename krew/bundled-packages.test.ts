import { expect, test } from 'vitest';
import { bundledPackages } from './bundled-packages.ts';

const outputs = (paths: Readonly<Record<string, number>>) => ({
  'dist/a.js': {
    bytes: 0,
    imports: [],
    exports: [],
    inputs: Object.fromEntries(Object.entries(paths).map(([path, bytesInOutput]) => [path, { bytesInOutput }])),
  },
});

test('packages are named once, with their scope, the innermost of nested ones', () => {
  const paths = {
    'plugin/main.ts': 10,
    'node_modules/yaml/dist/index.js': 5,
    'node_modules/yaml/dist/parse/parser.js': 5,
    'node_modules/@kubernetes/client-node/dist/config.js': 5,
    'node_modules/pino/node_modules/ws/index.js': 5,
    'builtin:node:fs': 5,
  };
  expect(bundledPackages({ outputs: outputs(paths) })).toEqual([
    'node_modules/@kubernetes/client-node',
    'node_modules/pino/node_modules/ws',
    'node_modules/yaml',
  ]);
});

test('a package of which nothing is left is not named', () => {
  expect(bundledPackages({ outputs: outputs({ 'node_modules/yaml/dist/index.js': 0 }) })).toEqual([]);
});
