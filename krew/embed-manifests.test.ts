import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { renderManifests } from '../manifests/render-manifests.ts';
import { embedManifests } from './embed-manifests.ts';
import { lazyBuiltins, REQUIRE_BANNER } from './lazy-builtins.ts';

test('a bundle far from the manifests renders them as the sources do', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kubectl-recover-embed-'));
  try {
    const outfile = join(folder, 'bundle.mjs');
    await build({
      entryPoints: [join(import.meta.dirname, '../manifests/render-manifests.ts')],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      banner: { js: REQUIRE_BANNER },
      plugins: [lazyBuiltins, embedManifests],
    });
    const bundled: { readonly renderManifests: typeof renderManifests } = await import(pathToFileURL(outfile).href);
    const options = { mode: 'Enforce', velero: [{ namespace: 'velero', serviceAccount: 'velero' }] } as const;
    expect(bundled.renderManifests(options)).toEqual(renderManifests(options));
  } finally {
    await rm(folder, { recursive: true });
  }
});
