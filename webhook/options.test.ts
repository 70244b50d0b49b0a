import { describe, expect, test } from 'vitest';
import { codeOf } from '../test/fakes/code-of.ts';
import { problemOf } from '../test/fakes/problem-of.ts';
import { parseOptions, servingNameOf, USAGE } from './options.ts';

test('without options the catalogue serves as a pod does', () => {
  expect(parseOptions([])).toEqual({ host: '0.0.0.0', port: 8443, logLevel: 'info', servingNames: [] });
});

test('every option is read', () => {
  const argv = '--listen 127.0.0.1:9443 --kubeconfig k --serving-name a --serving-name 10.0.0.1 --log-level debug';
  expect(parseOptions(argv.split(' '))).toEqual({
    host: '127.0.0.1',
    port: 9443,
    kubeconfig: 'k',
    servingNames: ['a', '10.0.0.1'],
    logLevel: 'debug',
  });
});

describe('where to serve', () => {
  test.each([
    ['localhost:0', 'localhost', 0],
    ['0.0.0.0:65535', '0.0.0.0', 65_535],
    ['[::]:8443', '::', 8443],
    ['[::1]:1', '::1', 1],
  ])('may be %s', (listen, host, port) => {
    expect(parseOptions(['--listen', listen])).toMatchObject({ host, port });
  });

  test.each([
    '',
    ':',
    '8443',
    'localhost',
    'localhost:',
    ':8443',
    'localhost:65536',
    'localhost:x',
    'localhost:-1',
    'localhost:123456',
    '::1:8443',
    '[::1]',
    '[]:1',
    '[localhost]:1',
    'a:b:1',
    'localhost:84 43',
  ])('may not be %j', async listen => {
    expect(await codeOf(() => parseOptions([`--listen=${listen}`]))).toBe('UsageError');
  });
});

describe('a serving name', () => {
  test.each([
    'catalogue',
    'a.example',
    'xn--bcher-kva.example',
    '1.example',
    '10.0.0.1',
    '::1',
    'fd00::7',
  ])('may be %s', each => {
    expect(parseOptions(['--serving-name', each]).servingNames).toEqual([each]);
  });

  test.each([
    '',
    ' ',
    'a.',
    '.a',
    'a..b',
    '*.example',
    'A.example',
    'a_b',
    'https://a',
    'a:8443',
    'bücher.example',
    'fe80::1%eth0',
    'x'.repeat(64),
    `${'x.'.repeat(127)}x`,
  ])('may not be %j', async each => {
    expect(await codeOf(() => parseOptions([`--serving-name=${each}`]))).toBe('UsageError');
  });
});

describe('what is no option is refused, with what would be one', () => {
  test.each([
    [['--log-level', 'trace']],
    [['--log-level', 'INFO']],
    [['--log-level', '']],
    [['--unknown']],
    [['serve']],
    [['--listen']],
    [['--kubeconfig']],
    [['-v']],
  ])('%j', async argv => {
    expect(await problemOf(() => parseOptions(argv))).toMatchObject({ code: 'UsageError', mend: USAGE });
  });
});

test('a certificate is of the Service, and of names and addresses that are given', () => {
  expect(servingNameOf(parseOptions(['--serving-name', 'a.example', '--serving-name', '::1']))).toEqual({
    dnsNames: [
      'catalogue.kubectl-recover-system.svc',
      'catalogue.kubectl-recover-system.svc.cluster.local',
      'a.example',
    ],
    ipAddresses: ['::1'],
  });
});
