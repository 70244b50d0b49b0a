import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { baseFiles } from './base-files.ts';

const read = (text: string, version: '1.1' | '1.2') =>
  parseAllDocuments(text, { version }).map(document => document.toJS() as unknown);

// kubectl and kustomize read YAML 1.1, to which y, on and no are booleans; the plugin reads 1.2.
test.each([...baseFiles()])('%s says the same to kubectl as to the plugin', (_, text) => {
  expect(read(text, '1.1')).toEqual(read(text, '1.2'));
});
