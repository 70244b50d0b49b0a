import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildBundles } from '../../krew/build-bundles.ts';
import { CATALOGUE_BUNDLE, CATALOGUE_NODE_FLAGS } from '../../krew/bundle.ts';

/** Arguments of node for the catalogue as it is shipped: its bundle, in a new folder, with the flags of its image. */
export const shippedCatalogue = async (): Promise<readonly string[]> => {
  const folder = await mkdtemp(join(tmpdir(), 'kubectl-recover-bundle-'));
  await buildBundles(join(import.meta.dirname, '../..'), folder);
  return [...CATALOGUE_NODE_FLAGS, join(folder, CATALOGUE_BUNDLE)];
};
