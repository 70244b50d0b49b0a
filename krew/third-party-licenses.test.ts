import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { licensesText, readLicenseNotice } from './third-party-licenses.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubectl-recover-licenses-'));
});

afterEach(() => rm(folder, { recursive: true }));

const writePackage = (license?: string) =>
  writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'a', version: '1.0.0', license }));

test('licence and notice are both carried', async () => {
  await writePackage('Apache-2.0');
  await writeFile(join(folder, 'NOTICE'), 'by B\n');
  await writeFile(join(folder, 'LICENSE.md'), 'the terms\n');
  await writeFile(join(folder, 'index.js'), 'code');
  expect(licensesText([await readLicenseNotice(folder)])).toContain('a 1.0.0 (Apache-2.0)');
  expect((await readLicenseNotice(folder)).text).toBe('the terms\n\nby B');
});

test('a package without the text of its licence is named with it', async () => {
  await writePackage('MIT');
  expect((await readLicenseNotice(folder)).text).toContain('MIT');
});

test('a package without any licence is refused', async () => {
  await writePackage();
  await expect(readLicenseNotice(folder)).rejects.toMatchObject({ code: 'LicenseMissing' });
});
