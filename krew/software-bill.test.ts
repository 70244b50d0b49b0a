import { expect, test } from 'vitest';
import { softwareBill } from './software-bill.ts';

const entry = { version: '2.0.0', integrity: `sha512-${Buffer.from('hash').toString('base64')}`, license: 'MIT' };
const bill = JSON.parse(
  softwareBill({
    name: 'kubectl-recover',
    version: '1.2.3',
    packages: {
      '': { version: '1.2.3' },
      'node_modules/@kubernetes/client-node': entry,
      'node_modules/pino/node_modules/ws': entry,
      'node_modules/vitest': { ...entry, dev: true },
    },
  }),
);

test('packages of production are components, nested ones too; those of development are not', () => {
  expect(bill.components.map(({ purl }: { readonly purl: string }) => purl)).toEqual([
    'pkg:npm/%40kubernetes/client-node@2.0.0',
    'pkg:npm/ws@2.0.0',
  ]);
});

test('a component has its licence and the hash of the lockfile, in hex', () => {
  expect(bill.components[1]).toMatchObject({
    hashes: [{ alg: 'SHA-512', content: Buffer.from('hash').toString('hex') }],
    licenses: [{ expression: 'MIT' }],
  });
});

test('what it is the bill of stands in its metadata', () => {
  expect(bill.metadata.component).toMatchObject({ name: 'kubectl-recover', version: '1.2.3' });
});
