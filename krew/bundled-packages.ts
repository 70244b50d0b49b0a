import type { Metafile } from 'esbuild';

/** Folders of the npm packages that went into a bundle with at least one byte, relative to the root, sorted. */
export const bundledPackages = ({ outputs }: Pick<Metafile, 'outputs'>): readonly string[] => {
  const files = Object.values(outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([path]) => path);
  // Greedy: of a package inside another one's node_modules it is the inner one.
  const folders = files.flatMap(path => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []);
  return [...new Set(folders)].sort();
};
