import { join } from 'node:path';
import { buildBundles } from './build-bundles.ts';

// npm run build
const root = join(import.meta.dirname, '..');
await buildBundles(root, join(root, 'dist'));
