import type { Plugin } from 'esbuild';
import { baseFiles } from '../manifests/base-files.ts';

/** Puts the manifests into a bundle, in place of the code that reads them from their folder. */
export const embedManifests: Plugin = {
  name: 'embed-manifests',
  setup(build) {
    build.onLoad({ filter: /[\\/]manifests[\\/]base-files\.ts$/ }, () => ({
      contents: `export const baseFiles = () => new Map(${JSON.stringify([...baseFiles()])});`,
      loader: 'js',
    }));
  },
};
