import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { ANNOTATIONS } from '../../api/names.ts';
import { stampToken } from '../../api/tokens/kinds.ts';
import { signToken } from '../../api/tokens/sign-token.ts';
import { FakeCluster, FakeHolder, newSigningKey, secondsFromNow } from '../../test/fakes/fake-authority.ts';
import { FakeInstall } from '../../test/fakes/fake-install.ts';
import { FakeTerminal } from '../../test/fakes/fake-terminal.ts';
import { KubeconfigFolder } from '../../test/fakes/kubeconfig-folder.ts';
import {
  accessClaims,
  grantClaims,
  recoveryClaims,
  sourceClaims,
  stampClaims,
} from '../../test/fakes/sample-claims.ts';
import { run } from '../run.ts';

const START = new URL('../main.ts', import.meta.url).pathname;

let folder: KubeconfigFolder;
let prod: FakeCluster;
let holder: FakeHolder;
let identities: string;

const identityOf = (cluster: FakeCluster, state?: 'Active' | 'Revoked') => ({
  ...{ apiVersion: 'kubectl-recover.io/v1alpha1', kind: 'ClusterIdentity', metadata: { name: 'prod' } },
  spec: { clusterID: cluster.id, keys: cluster.publicKeys(state) },
});

beforeAll(async () => {
  folder = new KubeconfigFolder();
  prod = await FakeCluster.create('prod');
  holder = await FakeHolder.create();
  identities = folder.write('identities.yaml', stringify(identityOf(prod)));
});
afterAll(() => folder.remove());

interface Shown {
  readonly verified: boolean;
  readonly tokens: readonly {
    readonly kind: string;
    readonly checks: readonly { readonly check: string; readonly ok: boolean; readonly code?: string }[];
    readonly claims: Readonly<Record<string, unknown>>;
    readonly grant?: Shown['tokens'][number];
  }[];
}

const inspected = async (...argv: readonly string[]) => {
  const terminal = new FakeTerminal();
  const exitCode = await run(['inspect', ...argv], terminal);
  return { exitCode, data: terminal.data, talk: terminal.talk };
};

const shown = async (...argv: readonly string[]): Promise<Shown & { readonly exitCode: number }> => {
  const { exitCode, data } = await inspected(...argv, '-o', 'json');
  return { exitCode, ...(JSON.parse(data) as Shown) };
};

const codesOf = ({ tokens }: Shown): string[] =>
  tokens.flatMap(({ checks }) => checks.filter(({ ok }) => !ok).map(({ check, code }) => `${check}: ${code}`));

const adoption = { kind: 'Adopted', by: 'operator' } as const;

const grant = () => prod.issueGrant(grantClaims(prod, holder));

describe('each kind is known, and holds against the keys of its cluster', () => {
  test.each<[string, () => Promise<string>]>([
    ['stamp', () => prod.issueStamp(stampClaims(prod))],
    ['app-group token', grant],
    ['adopted stamp', () => prod.issueAdoptedStamp({ ...stampClaims(prod), adoption })],
    ['source cluster token', () => prod.issueSourceToken(sourceClaims(prod, holder))],
    ['succession statement', async () => prod.announce(await newSigningKey())],
  ])('%s', async (kind, issue) => {
    const result = await shown(await issue(), '--keys', identities);
    expect(result).toMatchObject({ exitCode: 0, verified: true, tokens: [{ kind }] });
  });

  test('access token, with the grant inside of it', async () => {
    const inner = await grant();
    const token = await holder.signAccess(accessClaims(prod, prod, holder, inner));
    const result = await shown(token, '--keys', identities);
    expect(result).toMatchObject({
      exitCode: 0,
      tokens: [{ kind: 'access token', grant: { kind: 'app-group token' } }],
    });
    expect((await inspected(token, '--keys', identities)).data).not.toContain(inner.slice(0, 60));
  });

  test('recovery token, by a key of a JWKS', async () => {
    const jwks = folder.write('jwks.json', JSON.stringify({ keys: [prod.admissionKey.publicJwk] }));
    const result = await shown(await prod.issueRecoveryToken(recoveryClaims(prod)), '--keys', jwks);
    expect(result).toMatchObject({ exitCode: 0, tokens: [{ kind: 'recovery token' }] });
  });
});

describe('what does not hold ends with 3 and its code', () => {
  test('no keys at all', async () => {
    const result = await shown(await grant());
    expect([result.exitCode, codesOf(result)]).toEqual([3, ['signature: TokenUntrusted']]);
  });

  test('a key of another cluster', async () => {
    const other = await FakeCluster.create('other');
    const result = await shown(await other.issueGrant(grantClaims(prod, holder)), '--keys', identities);
    expect([result.exitCode, codesOf(result)]).toEqual([3, ['signature: TokenUntrusted']]);
  });

  test('a key that was revoked', async () => {
    const revoked = folder.write('revoked.yaml', stringify(identityOf(prod, 'Revoked')));
    const result = await shown(await grant(), '--keys', revoked);
    expect([result.exitCode, codesOf(result)]).toEqual([3, ['signature: TokenRevoked']]);
  });

  test.each<[string, () => Promise<string>]>([
    ['stamp', () => prod.issueStamp(stampClaims(prod))],
    ['adopted stamp', () => prod.issueAdoptedStamp({ ...stampClaims(prod), adoption })],
    ['app-group token', grant],
    ['source cluster token', () => prod.issueSourceToken(sourceClaims(prod, holder))],
    ['access token', async () => holder.signAccess(accessClaims(prod, prod, holder, await grant()))],
    ['succession statement', async () => prod.announce(await newSigningKey())],
  ])('content of a %s that was changed', async (_, issue) => {
    const [header, claims = '', signature] = (await issue()).split('.');
    const said = JSON.parse(Buffer.from(claims, 'base64url').toString('utf8'));
    const changed = Buffer.from(JSON.stringify({ ...said, jti: 'another' })).toString('base64url');
    const result = await shown(`${header}.${changed}.${signature}`, '--keys', identities);
    expect([result.exitCode, codesOf(result)]).toEqual([3, ['signature: TokenUntrusted']]);
  });

  test('a signature that was changed', async () => {
    const [header, claims] = (await grant()).split('.');
    const [, , other] = (await prod.issueGrant({ ...grantClaims(prod, holder), jti: 'other' })).split('.');
    const result = await shown(`${header}.${claims}.${other}`, '--keys', identities);
    expect(codesOf(result)).toEqual(['signature: TokenUntrusted']);
  });

  test('a key for another use', async () => {
    const [grantKey, stampKey] = prod.publicKeys();
    if (grantKey === undefined || stampKey === undefined) throw new Error('a cluster has keys of both uses');
    const swapped = [{ ...stampKey, ...{ kid: grantKey.kid, jwk: grantKey.jwk } }];
    const identity = { ...identityOf(prod), spec: { clusterID: prod.id, keys: swapped } };
    const result = await shown(await grant(), '--keys', folder.write('swapped.yaml', stringify(identity)));
    expect(codesOf(result)).toEqual(['signature: TokenUntrusted']);
  });

  test('a recovery token without a JWKS: its key never leaves its cluster, which is said', async () => {
    const { exitCode, data } = await inspected(
      ...[await prod.issueRecoveryToken(recoveryClaims(prod)), '--keys', identities],
    );
    expect([exitCode, data]).toEqual([3, expect.stringContaining('never leave their cluster')]);
  });

  test('one that was issued in the future', async () => {
    const claims = { ...grantClaims(prod, holder), iat: secondsFromNow(600), exp: secondsFromNow(1200) };
    expect(codesOf(await shown(await prod.issueGrant(claims), '--keys', identities))).toEqual(['time: TokenMalformed']);
  });

  test('one that has expired, whose signature holds all the same', async () => {
    const claims = grantClaims(prod, holder);
    const old = await prod.issueGrant({ ...claims, iat: claims.iat - 7200, exp: claims.iat - 3600 });
    const result = await shown(old, '--keys', identities);
    expect([result.exitCode, codesOf(result)]).toEqual([3, ['time: TokenExpired']]);
    expect((await inspected(old, '--keys', identities)).data).toMatch(/^Expires: .* \(1h ago\)$/m);
  });

  test('an access token by another key than that of its grant', async () => {
    const thief = await FakeHolder.create();
    const token = await thief.signAccess(accessClaims(prod, prod, thief, await grant()));
    expect(codesOf(await shown(token, '--keys', identities))).toEqual(['signature: TokenUntrusted']);
  });
});

describe('where tokens stand', () => {
  test('a Backup with a stamp, in a file', async () => {
    const stamp = await prod.issueStamp(stampClaims(prod));
    const backup = { kind: 'Backup', metadata: { name: 'nightly', annotations: { [ANNOTATIONS.stamp]: stamp } } };
    const { data, exitCode } = await inspected(folder.write('backup.yaml', stringify(backup)), '--keys', identities);
    expect(exitCode).toBe(0);
    expect(data).toMatch(/^Kind: {5}stamp \(backup-stamp\+jwt\)$/m);
    expect(data).not.toContain(stamp.slice(0, 40));
  });

  test('a Backup that was adopted, with what keys say of the keys after them', async () => {
    const next = await newSigningKey();
    const annotations = {
      [ANNOTATIONS.adoptedStamp]: await prod.issueAdoptedStamp({ ...stampClaims(prod), adoption }),
      [ANNOTATIONS.keySuccession]: `${await prod.announce(next)} ${await prod.announce(next)}`,
    };
    const backup = { kind: 'Backup', metadata: { name: 'nightly', annotations } };
    const result = await shown(folder.write('adopted.yaml', stringify(backup)), '--keys', identities);
    expect(result).toMatchObject({ exitCode: 0, verified: true });
    expect(result.tokens.map(({ kind }) => kind)).toEqual([
      ...['adopted stamp', 'succession statement', 'succession statement'],
    ]);
  });

  test('a Recovery, with its access token and its recovery token', async () => {
    const spec = { accessToken: await holder.signAccess(accessClaims(prod, prod, holder, await grant())) };
    const status = { recoveryToken: await prod.issueRecoveryToken(recoveryClaims(prod)) };
    const jwks = folder.write('admission.json', JSON.stringify({ keys: [prod.admissionKey.publicJwk] }));
    const file = folder.write('recovery.yaml', stringify({ kind: 'Recovery', spec, status }));
    const result = await shown(file, '--keys', identities, '--keys', jwks);
    expect(result).toMatchObject({ exitCode: 0, verified: true });
    expect(result.tokens.map(({ kind }) => kind)).toEqual(['access token', 'recovery token']);
  });
});

describe('the keys of the cluster that --context names', () => {
  let install: FakeInstall;

  beforeEach(async () => {
    install = await FakeInstall.start();
    install.putIdentity('prod', { spec: { clusterID: prod.id, keys: prod.publicKeys() } });
  });
  afterEach(() => install.stop());

  const inPeer = async (token: string, ...flags: readonly string[]) => {
    const cluster = { 'insecure-skip-tls-verify': true };
    const kubeconfig = folder.write('kubeconfig', [{ name: 'dr', server: install.url, cluster }]);
    return shown(token, '--kubeconfig', kubeconfig, ...flags);
  };

  test('are those of its peers', async () => {
    expect(await inPeer(await grant(), '--context', 'dr')).toMatchObject({ exitCode: 0, verified: true });
  });

  test('are its own', async () => {
    install.putIdentity('self', { spec: {}, status: { clusterID: prod.id, keys: prod.publicKeys() } });
    install.putIdentity('prod', { spec: { clusterID: 'other', keys: [] } });
    expect(await inPeer(await grant(), '--context', 'dr')).toMatchObject({ exitCode: 0, verified: true });
  });

  test('are those too that a peer announced and the catalogue follows, and none of a revoked one', async () => {
    const next = await newSigningKey();
    const since = '2026-03-02T11:00:00Z';
    const { kid, publicJwk: jwk } = next;
    const successor = { kid, use: 'Stamp' as const, jwk, predecessor: prod.stampKey.kid, since };
    const stamp = await signToken(stampToken, stampClaims(prod), next);
    const put = (state: 'Active' | 'Revoked') =>
      install.putIdentity('prod', {
        spec: { clusterID: prod.id, keys: prod.publicKeys(state) },
        status: { successors: [successor] },
      });
    put('Active');
    expect(await inPeer(stamp, '--context', 'dr')).toMatchObject({ exitCode: 0, verified: true });
    put('Revoked');
    expect(codesOf(await inPeer(stamp, '--context', 'dr'))).toEqual(['signature: TokenRevoked']);
  });

  test('are asked for with the login of the kubeconfig: what is inspected is no login, and is shown to nobody', async () => {
    const token = await grant();
    expect(await inPeer(token, '--context', 'dr')).toMatchObject({ verified: true });
    expect(await inPeer(folder.write('token.txt', token), '--context', 'dr')).toMatchObject({ verified: true });
    await inPeer(token, '--context', 'dr', '--token', 'my-login');
    const logins = install.server.api.requests.map(({ headers }) => headers.authorization);
    expect(new Set(logins)).toEqual(new Set(['Bearer token-of-dr', 'Bearer my-login']));
  });

  test('are asked for where it is named, and no cluster is asked where none is', async () => {
    expect(codesOf(await inPeer(await grant()))).toEqual(['signature: TokenUntrusted']);
    expect(install.server.api.requests).toEqual([]);
  });

  test('cannot be read by everybody: that is said, and nothing is called verified', async () => {
    install.lacking.add('*');
    const cluster = { 'insecure-skip-tls-verify': true };
    const kubeconfig = folder.write('kubeconfig', [{ name: 'dr', server: install.url, cluster }]);
    const ended = await inspected(await grant(), '--kubeconfig', kubeconfig, '--context', 'dr');
    expect(ended).toMatchObject({ exitCode: 1, data: '', talk: expect.stringContaining('(Forbidden)') });
  });
});

test('what comes on stdin is read to its end', async () => {
  // Long ago by any clock: this is a program of its own.
  const stamp = await prod.issueStamp({ ...stampClaims(prod), iat: 1_600_000_000 });
  const backup = { kind: 'Backup', metadata: { name: 'nightly', annotations: { [ANNOTATIONS.stamp]: stamp } } };
  const child = spawn(process.execPath, [START, 'inspect', '-', '--keys', identities, '-o', 'json'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const output = text(child.stdout);
  const written = stringify(backup);
  child.stdin.write(written.slice(0, 300));
  // Another program writes as it gets along.
  await sleep(300);
  child.stdin.end(written.slice(300));
  expect(JSON.parse(await output)).toMatchObject({ verified: true, tokens: [{ kind: 'stamp' }] });
});

describe('what is no token is refused', () => {
  test.each<[string, () => string, number, string]>([
    ['no file', () => folder.pathOf('none'), 4, 'NotFound'],
    ['an empty file', () => folder.write('empty', ''), 3, 'TokenMalformed'],
    ['an object without one', () => folder.write('object', 'kind: Pod\n'), 3, 'TokenMalformed'],
    ['a header that is not JSON', () => 'eyJ9.eyJ9.eyJ9', 3, 'TokenMalformed'],
    ['a type of others', () => forgeTyp('JWT'), 3, 'TokenMalformed'],
    ['a token that is too long', () => `${forgeTyp('JWT')}${'a'.repeat(300_000)}`, 3, 'TokenMalformed'],
  ])('%s', async (_, input, exitCode, code) => {
    const ended = await inspected(input());
    expect(ended).toMatchObject({ exitCode, data: '', talk: expect.stringContaining(`(${code})`) });
    expect(ended.talk.length).toBeLessThan(600);
  });

  test('a file of a megabyte and more', async () => {
    const path = folder.pathOf('large');
    writeFileSync(path, Buffer.alloc(1024 * 1024 + 1, 'a'));
    expect(await inspected(path)).toMatchObject({ exitCode: 3, talk: expect.stringContaining('(TokenMalformed)') });
  });

  test('keys that are none', async () => {
    const keys = folder.write('keys.yaml', 'kind: Pod\n');
    expect(await inspected(await grant(), '--keys', keys)).toMatchObject({ exitCode: 2 });
  });
});

const forgeTyp = (typ: string): string =>
  [JSON.stringify({ alg: 'ES256', typ, kid: 'x' }), '{}', 'x']
    .map(part => Buffer.from(part).toString('base64url'))
    .join('.');
