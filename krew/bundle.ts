import { build, type Metafile } from 'esbuild';
import { embedManifests } from './embed-manifests.ts';
import { lazyBuiltins, REQUIRE_BANNER } from './lazy-builtins.ts';
import { slimClientNode } from './slim-client-node.ts';

export const PLUGIN_BUNDLE = 'kubectl-recover';
export const CATALOGUE_BUNDLE = 'catalogue';
/** The catalogue's garbage is short-lived and small; Node would let the young generation grow to 48 MB of memory. */
export const CATALOGUE_NODE_FLAGS: readonly string[] = ['--max-semi-space-size=4'];

/**
 * Makes one file each of the plugin and the catalogue, without a node_modules beside them. `import()` stays lazy inside:
 * what only another command needs is not evaluated. Names are kept, so that a stack in a bug report can be read.
 */
export const bundle = async (root: string, folder: string): Promise<Metafile> => {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { [PLUGIN_BUNDLE]: 'plugin/main.ts', [CATALOGUE_BUNDLE]: 'webhook/main.ts' },
    outdir: folder,
    bundle: true,
    platform: 'node',
    // The plugin has a top-level await.
    format: 'esm',
    // The oldest that plugin/bin.js starts the bundle in.
    target: 'node22.18',
    minifySyntax: true,
    minifyWhitespace: true,
    // They are shipped whole: third-party-licenses.ts.
    legalComments: 'none',
    banner: { js: REQUIRE_BANNER },
    plugins: [slimClientNode, lazyBuiltins, embedManifests],
    metafile: true,
    logLevel: 'warning',
  });
  return metafile;
};
