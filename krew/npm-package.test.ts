import { expect, test } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import { npmManifest } from './npm-package.ts';

const manifest = JSON.parse(npmManifest());

test('npm fetches no library for a bundle that has them all', () => {
  expect(Object.keys(manifest)).not.toEqual(expect.arrayContaining(['dependencies']));
  expect(manifest.devDependencies).toBeUndefined();
  expect(Object.keys(manifest.optionalDependencies).filter(name => !name.startsWith('node-'))).toEqual([]);
});

test('it may be published, and runs nothing when it is installed', () => {
  expect(manifest.private).toBeUndefined();
  expect(manifest.scripts).toBeUndefined();
});

test('its version and its program are those of the project', () => {
  expect(manifest).toMatchObject({ version: packageJson.version, bin: packageJson.bin });
  expect(packageJson.files).toContain(manifest.bin['kubectl-recover']);
});
