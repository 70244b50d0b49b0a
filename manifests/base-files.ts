import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The text of each YAML file of `base/`, by its path there with slashes, sorted. A bundle has no such folder beside
 * it: `krew/embed-manifests.ts` puts this function's answer into it instead.
 */
export const baseFiles = (): ReadonlyMap<string, string> => {
  const cwd = join(import.meta.dirname, 'base');
  const paths = globSync('**/*.yaml', { cwd }).sort();
  return new Map(paths.map(path => [path.replaceAll('\\', '/'), readFileSync(join(cwd, path), 'utf8')]));
};
