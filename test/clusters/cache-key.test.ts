import { expect, test } from 'vitest';
import { type BuildInputs, cacheKey } from './cache-key.ts';

const inputs: BuildInputs = {
  goMod: 'module x\n',
  goSum: 'sum',
  goVersion: 'go1.26.8',
  platform: 'linux/amd64',
  commands: [['build', 'x']],
  moduleFiles: [],
};

test('the same inputs have the same key', () => {
  expect(cacheKey({ ...inputs })).toBe(cacheKey(inputs));
  expect(cacheKey(inputs)).toMatch(/^[0-9a-f]{64}$/);
});

const changes: readonly Partial<BuildInputs>[] = [
  { goMod: 'module y\n' },
  { goSum: 'other' },
  { goVersion: 'go1.26.9' },
  { platform: 'darwin/arm64' },
  { commands: [['build', '-trimpath', 'x']] },
  { moduleFiles: ['a'] },
  { source: 'package main' },
];

test.each(changes)('another %o has another key', change => {
  expect(cacheKey({ ...inputs, ...change })).not.toBe(cacheKey(inputs));
});
