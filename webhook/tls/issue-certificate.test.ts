import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createServer, get } from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import { issueAuthority, issueServing, type KeyedCertificate, type ServingName } from './issue-certificate.ts';

// RSA keys take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const now = new Date('2026-03-02T12:00:00Z');
const name: ServingName = { dnsNames: ['catalogue.kubectl-recover-system.svc'], ipAddresses: ['127.0.0.1', '::1'] };

const [authority, other] = await Promise.all([issueAuthority({ now, days: 730 }), issueAuthority({ now, days: 730 })]);
const serving = await issueServing(authority, name, { now, days: 90 });
const parsed = new X509Certificate(serving.certificate);
const parsedAuthority = new X509Certificate(authority.certificate);

describe('an authority', () => {
  test('signs itself, and certificates', () => {
    expect(parsedAuthority.ca).toBe(true);
    expect(parsedAuthority.verify(parsedAuthority.publicKey)).toBe(true);
    expect(parsedAuthority.checkPrivateKey(createPrivateKey(authority.privateKey))).toBe(true);
  });

  test('has a name of its own, so that an old one and a new one can be told apart', () => {
    expect(parsedAuthority.subject).not.toBe(new X509Certificate(other.certificate).subject);
  });

  test('lives from an hour before to so many days after', () => {
    expect(parsedAuthority.validFromDate).toEqual(new Date('2026-03-02T11:00:00Z'));
    expect(parsedAuthority.validToDate).toEqual(new Date('2028-03-01T12:00:00Z'));
  });
});

describe('a serving certificate', () => {
  test('is signed by its authority and by no other', () => {
    expect(parsed.checkIssued(parsedAuthority)).toBe(true);
    expect(parsed.verify(parsedAuthority.publicKey)).toBe(true);
    expect(parsed.verify(new X509Certificate(other.certificate).publicKey)).toBe(false);
  });

  test('is of its names, and of no others', () => {
    expect(parsed.checkHost('catalogue.kubectl-recover-system.svc')).toBeDefined();
    for (const each of name.ipAddresses) expect(parsed.checkIP(each)).toBeDefined();
    expect(parsed.checkHost('kubectl-recover-system.svc')).toBeUndefined();
    expect(parsed.checkHost('kubectl-recover catalogue')).toBeUndefined();
    expect(parsed.checkIP('127.0.0.2')).toBeUndefined();
  });

  test('signs no others, and is for servers alone', () => {
    expect(parsed.ca).toBe(false);
    // id-kp-serverAuth (RFC 5280 §4.2.1.12)
    expect(parsed.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
  });

  test('has its own key, and a number that is positive and its own', async () => {
    expect(parsed.checkPrivateKey(createPrivateKey(serving.privateKey))).toBe(true);
    expect(serving.privateKey).not.toBe(authority.privateKey);
    const again = new X509Certificate((await issueServing(authority, name, { now, days: 90 })).certificate);
    for (const { serialNumber } of [parsed, again]) expect(serialNumber).toMatch(/^01[0-9A-F]{30}$/);
    expect(again.serialNumber).not.toBe(parsed.serialNumber);
  });

  test('lives from an hour before to so many days after', () => {
    expect(parsed.validFromDate).toEqual(new Date('2026-03-02T11:00:00Z'));
    expect(parsed.validToDate).toEqual(new Date('2026-05-31T12:00:00Z'));
  });
});

describe('a TLS client', () => {
  const call = async (server: KeyedCertificate, ca: string): Promise<string> => {
    const https = createServer({ cert: server.certificate, key: server.privateKey }, (_, response) =>
      response.end('ok'),
    );
    await new Promise<void>(resolve => https.listen(0, '127.0.0.1', resolve));
    const { port } = https.address() as AddressInfo;
    const { promise, resolve } = Promise.withResolvers<string>();
    const [servername] = name.dnsNames;
    const options = { host: '127.0.0.1', port, ca, agent: false, ...(servername ? { servername } : {}) };
    get(options, response => {
      response.resume();
      response.once('end', () => resolve('served'));
    }).once('error', error => resolve('code' in error ? String(error.code) : error.message));
    const told = await promise;
    await new Promise(done => https.close(done));
    return told;
  };

  /** Certificates of this moment, since a client judges by its own clock. */
  const fresh = async () => {
    const validity = { now: new Date(), days: 1 };
    const [one, another] = await Promise.all([issueAuthority(validity), issueAuthority(validity)]);
    return { one, another, server: await issueServing(one, name, validity) };
  };

  test('that trusts the authority, alone or beside another, is served; no other is', async () => {
    const { one, another, server } = await fresh();
    expect(await call(server, one.certificate)).toBe('served');
    expect(await call(server, `${another.certificate.trim()}\n${one.certificate.trim()}`)).toBe('served');
    expect(await call(server, another.certificate)).not.toBe('served');
  });
});
