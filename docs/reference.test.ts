import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { referencePages } from './reference-pages.ts';

const folder = join(import.meta.dirname, 'reference');

test('the reference says what the plugin says; after a change of its help: npm run docs', async () => {
  const pages = Object.fromEntries(await referencePages());
  const written = Object.fromEntries(readdirSync(folder).map(name => [name, readFileSync(join(folder, name), 'utf8')]));
  expect(written).toEqual(pages);
});
