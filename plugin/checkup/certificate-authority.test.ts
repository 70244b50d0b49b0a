import { beforeAll, expect, test } from 'vitest';
import { NOW } from '../../test/fakes/fake-authority.ts';
import { caBundleOf } from '../../test/fakes/fake-install.ts';
import { judgeAuthority } from './certificate-authority.ts';

let fresh: string;
let old: string;
let expired: string;

beforeAll(async () => {
  [fresh, old, expired] = await Promise.all([caBundleOf(NOW, 730), caBundleOf(NOW, 20), caBundleOf(NOW, -1)]);
});

const both = (first: string | undefined, second = first) =>
  [first, second].map((caBundle, index) => ({
    name: `webhook-${index}`,
    clientConfig: caBundle === undefined ? {} : { caBundle },
  }));

const joined = (...bundles: readonly string[]): string =>
  Buffer.from(bundles.map(bundle => Buffer.from(bundle, 'base64').toString()).join('\n')).toString('base64');

test('a fresh authority that all trust is right', () => {
  expect(judgeAuthority(both(fresh), NOW)).toEqual([{ state: 'ok', what: 'the authority is good until 2028-03-01' }]);
});

test('one that was not renewed in time is a warning', () => {
  expect(judgeAuthority(both(old), NOW)).toMatchObject([
    { state: 'warning', what: expect.stringContaining('2026-03-22') },
  ]);
});

test('one that expired failed', () => {
  expect(judgeAuthority(both(expired), NOW)).toMatchObject([
    { state: 'failed', what: expect.stringContaining('expired on') },
  ]);
});

test('the former authority may expire beside the new one', () => {
  expect(judgeAuthority(both(joined(fresh, expired)), NOW)).toMatchObject([{ state: 'ok' }]);
});

test('webhooks that trust different authorities are named', () => {
  expect(judgeAuthority(both(fresh, old), NOW)[0]).toMatchObject({
    state: 'failed',
    what: 'the webhooks trust different authorities: webhook-0 against webhook-1',
  });
});

test('an authority that was not published is named', () => {
  expect(judgeAuthority(both(undefined), NOW)).toMatchObject([
    { state: 'failed', what: 'the catalogue has not published its authority in webhook-0, webhook-1' },
  ]);
  const [finding, other] = judgeAuthority(both(fresh, ''), NOW);
  expect([finding?.state, other?.state]).toEqual(['failed', 'ok']);
});

test.each([
  ['no PEM', 'QUJD'],
  [
    'a PEM that is none',
    Buffer.from('-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----').toString('base64'),
  ],
])('%s cannot be read', (_, bundle) => {
  expect(judgeAuthority(both(bundle), NOW)).toMatchObject([
    { state: 'failed', what: 'caBundle holds no certificate that can be read' },
  ]);
});

test('no webhook at all failed', () => {
  expect(judgeAuthority([], NOW)).toMatchObject([{ state: 'failed' }]);
});
