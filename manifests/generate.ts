import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crdFiles } from './crd-files.ts';

for (const [name, text] of crdFiles()) writeFileSync(join(import.meta.dirname, 'base', 'crds', name), text);
