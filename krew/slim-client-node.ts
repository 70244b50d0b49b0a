import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Plugin } from 'esbuild';

const ROOT = dirname(dirname(createRequire(import.meta.url).resolve('@kubernetes/client-node')));

const NAMESPACE = 'slim-client-node';

/** Of its generated client, with a class for each kind of Kubernetes, a kubeconfig needs these two modules. */
const GENERATED_FOR_KUBECONFIG = `
export { createConfiguration } from './gen/configuration.js';
export { ServerConfiguration } from './gen/servers.js';
`;

/**
 * Takes of client-node what we use, the KubeConfig. Its entry brings the generated client too, which costs 80 MB of
 * memory and most of a second at every start, and which no bundler can tell to be unused.
 */
export const slimClientNode: Plugin = {
  name: 'slim-client-node',
  setup(build) {
    build.onResolve({ filter: /^@kubernetes\/client-node$/ }, () => ({ path: join(ROOT, 'dist', 'config.js') }));
    build.onResolve({ filter: /^\.\/gen\/index\.js$/ }, ({ importer }) =>
      importer === join(ROOT, 'dist', 'config.js') ? { path: 'gen', namespace: NAMESPACE } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: NAMESPACE }, () => ({
      contents: GENERATED_FOR_KUBECONFIG,
      resolveDir: join(ROOT, 'dist'),
    }));
  },
};
