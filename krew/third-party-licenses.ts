import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PackagingError } from './packaging-error.ts';

/** The licence of one work that is part of what is shipped. */
export interface LicenseNotice {
  readonly name: string;
  readonly version: string;
  /** SPDX expression. */
  readonly license: string;
  readonly text: string;
}

const LICENSE_FILE = /^(licen[cs]e|copying|notice)/i;

interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
}

/** Reads what a package in node_modules says of its licence; throws `LicenseMissing` where it does not even name one. */
export const readLicenseNotice = async (folder: string): Promise<LicenseNotice> => {
  const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as PackageJson;
  if (license === undefined) {
    throw new PackagingError('LicenseMissing', `package "${name}" names no licence; it must not be shipped`);
  }
  const files = (await readdir(folder)).filter(file => LICENSE_FILE.test(file)).sort();
  const texts = await Promise.all(files.map(file => readFile(join(folder, file), 'utf8')));
  const text = texts.map(each => each.trim()).join('\n\n');
  return { name, version, license, text: text === '' ? `The package holds no text of its licence ${license}.` : text };
};

/** One text of all licences. */
export const licensesText = (notices: readonly LicenseNotice[]): string => {
  const rule = '='.repeat(80);
  return notices
    .map(({ name, version, license, text }) => `${rule}\n${name} ${version} (${license})\n${rule}\n\n${text}\n`)
    .join('\n');
};
