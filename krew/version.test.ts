import { expect, test } from 'vitest';
import { baseFiles } from '../manifests/base-files.ts';
import packageJson from '../package.json' with { type: 'json' };
import lockfile from '../package-lock.json' with { type: 'json' };

// A kustomization is applied as it is, so the version stands in the manifests again; it comes from package.json.
test('the manifests and the lockfile carry the version of package.json', () => {
  const images = [...baseFiles().values()].flatMap(text => [...text.matchAll(/kubectl-recover\/catalogue:(\S+)/g)]);
  expect(images.map(([, version]) => version)).toEqual([packageJson.version]);
  expect(lockfile.version).toBe(packageJson.version);
});
