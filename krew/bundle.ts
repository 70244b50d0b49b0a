import { type BuildOptions, build, type Metafile } from 'esbuild';
import { embedManifests } from './embed-manifests.ts';
import { lazyBuiltins, REQUIRE_BANNER } from './lazy-builtins.ts';
import { slimClientNode } from './slim-client-node.ts';
import { slimUndici } from './slim-undici.ts';
import { slimYargs } from './slim-yargs.ts';

/** Not an ES module: only of a script V8 keeps what it compiled while it ran (code-cache.ts). */
export const PLUGIN_BUNDLE = 'kubectl-recover.cjs';
export const EXECUTABLE_MAIN = 'executable-main.cjs';
export const CATALOGUE_BUNDLE = 'catalogue.js';
/**
 * The catalogue's garbage is short-lived and small. Node would let the young generation grow to 48 MB of memory, and gather
 * as much garbage in the old one as lives there. No limit to the heap: stamps of many backups are kept, and live.
 */
export const CATALOGUE_NODE_FLAGS: readonly string[] = ['--max-semi-space-size=4', '--optimize-for-size'];

const OPTIONS = {
  bundle: true,
  platform: 'node',
  // The oldest that plugin/bin.js starts the bundle in.
  target: 'node22.18',
  minifySyntax: true,
  minifyWhitespace: true,
  // They are shipped whole: third-party-licenses.ts.
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
} as const satisfies BuildOptions;

const META_URL_BANNER = "const importMetaUrl=require('node:url').pathToFileURL(__filename).href;";

/**
 * Makes one file of the plugin, without a node_modules beside it. `import()` stays lazy inside: what only another command
 * needs is not evaluated. Names are kept, so that a stack in a bug report can be read.
 */
export const bundlePlugin = async (root: string, folder: string): Promise<Metafile> => {
  const { metafile } = await build({
    ...OPTIONS,
    absWorkingDir: root,
    entryPoints: ['plugin/main.ts'],
    outfile: `${folder}/${PLUGIN_BUNDLE}`,
    format: 'cjs',
    define: { 'import.meta.url': 'importMetaUrl' },
    banner: { js: META_URL_BANNER },
    plugins: [slimClientNode, slimUndici, slimYargs, lazyBuiltins, embedManifests],
  });
  return metafile;
};

/** The same of the catalogue. */
export const bundleCatalogue = async (root: string, folder: string): Promise<Metafile> => {
  const { metafile } = await build({
    ...OPTIONS,
    absWorkingDir: root,
    entryPoints: ['webhook/main.ts'],
    outfile: `${folder}/${CATALOGUE_BUNDLE}`,
    format: 'esm',
    banner: { js: REQUIRE_BANNER },
    plugins: [slimClientNode, lazyBuiltins, embedManifests],
  });
  return metafile;
};

/** What starts the plugin's bundle inside of a single executable. */
export const bundleExecutableMain = async (root: string, folder: string): Promise<Metafile> => {
  const { metafile } = await build({
    ...OPTIONS,
    absWorkingDir: root,
    entryPoints: ['krew/executable-main.ts'],
    outfile: `${folder}/${EXECUTABLE_MAIN}`,
    format: 'cjs',
  });
  return metafile;
};
