import { X509Certificate } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CORE } from '../../api/kubernetes/core-types.ts';
import { FakeObjectServer } from '../../test/fakes/fake-object-server.ts';
import type { ServingName } from './issue-certificate.ts';
import { type ServingCertificate, servingCertificate } from './serving-certificate.ts';

// RSA keys take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const at = { namespace: 'kubectl-recover-system', name: 'catalogue-tls' };
const name: ServingName = { dnsNames: ['catalogue.kubectl-recover-system.svc'], ipAddresses: [] };
const START = new Date('2026-03-02T12:00:00Z');
const afterDays = (days: number): Date => new Date(START.getTime() + days * 86_400_000);

let server: FakeObjectServer;

beforeEach(async () => {
  server = await FakeObjectServer.start();
});

afterEach(() => server.stop());

const serve = (now = START, as = name): Promise<ServingCertificate> => servingCertificate(server.client, as, now);
const isIssuedBy = (certificate: string, authority: string): boolean =>
  new X509Certificate(certificate).verify(new X509Certificate(authority).publicKey);
/** The certificates of a bundle, one by one. */
const bundled = ({ caBundle }: ServingCertificate): string[] =>
  caBundle.split(/(?<=-----END CERTIFICATE-----)\s*/).filter(part => part !== '');

describe('the first certificate', () => {
  test('is made with its authority, which the bundle is', async () => {
    const first = await serve();
    expect(bundled(first)).toHaveLength(1);
    expect(isIssuedBy(first.certificate, first.caBundle)).toBe(true);
    expect(first.expiryTime).toEqual(afterDays(90));
    expect(first.authorityExpiryTime).toEqual(afterDays(730));
  });

  test('is kept in a Secret that no backup takes', async () => {
    await serve();
    expect(server.find(CORE.secrets, at)).toMatchObject({
      metadata: { labels: { 'velero.io/exclude-from-backup': 'true' } },
      type: 'Opaque',
    });
  });

  test('leaves the key of the authority in the Secret', async () => {
    const first = await serve();
    const key = Buffer.from(server.find(CORE.secrets, at)?.data?.['ca.key'] ?? '', 'base64').toString('utf8');
    expect(key).toContain('PRIVATE KEY');
    expect(JSON.stringify(first)).not.toContain(JSON.stringify(key).slice(40, 100));
  });

  test('is the same for all replicas, though they start at once', async () => {
    const [one, other] = await Promise.all([serve(), serve()]);
    expect(one).toEqual(other);
    expect(await serve()).toEqual(one);
  });
});

describe('a certificate', () => {
  test('stays until two thirds of its life are over; then another of the same authority serves', async () => {
    const first = await serve();
    expect(await serve(afterDays(59.9))).toEqual(first);
    const second = await serve(afterDays(60));
    expect(second.certificate).not.toBe(first.certificate);
    expect(second.privateKey).not.toBe(first.privateKey);
    expect(second.caBundle).toBe(first.caBundle);
    expect(isIssuedBy(second.certificate, first.caBundle)).toBe(true);
  });

  test.each<[string, ServingName]>([
    ['a name', { dnsNames: [...name.dnsNames, 'catalogue.example'], ipAddresses: [] }],
    ['an address', { ...name, ipAddresses: ['10.0.0.7'] }],
  ])('is made anew for %s that it lacks, and once', async (_, wider) => {
    const first = await serve();
    const second = await serve(START, wider);
    expect(second.certificate).not.toBe(first.certificate);
    expect(second.caBundle).toBe(first.caBundle);
    expect(await serve(START, wider)).toEqual(second);
    expect(await serve(START, name)).toEqual(second);
  });

  test('renewed by another replica at the same moment is that one’s', async () => {
    await serve();
    const [one, other] = await Promise.all([serve(afterDays(61)), serve(afterDays(61))]);
    expect(one).toEqual(other);
  });
});

describe('an authority', () => {
  test('is made anew after two thirds of its life, and trusted beside the one before', async () => {
    const first = await serve();
    const second = await serve(afterDays(487));
    const [newer = '', older = ''] = bundled(second);
    expect(bundled(second)).toHaveLength(2);
    expect(older).toBe(first.caBundle);
    expect(isIssuedBy(second.certificate, newer)).toBe(true);
    // Another replica serves the old certificate for a while.
    expect(isIssuedBy(first.certificate, older)).toBe(true);
  });

  test('of two generations ago is trusted no more', async () => {
    const first = await serve();
    await serve(afterDays(487));
    const third = await serve(afterDays(2 * 487));
    expect(bundled(third)).toHaveLength(2);
    expect(third.caBundle).not.toContain(first.caBundle);
  });
});

test.each([403, 500])('where the Secret cannot be read (%d), nothing is made', async status => {
  server.failure = ({ method }) => (method === 'GET' ? status : undefined);
  await expect(serve()).rejects.toThrow('it failed');
  expect(server.writes).toEqual([]);
});

test('where the Secret cannot be written, no certificate is served that others do not have', async () => {
  server.failure = ({ method }) => (method === 'POST' ? 403 : undefined);
  await expect(serve()).rejects.toThrow('it failed');
});
