import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { ANNOTATIONS } from '../../api/names.ts';
import { FakeCluster, FakeHolder } from '../../test/fakes/fake-authority.ts';
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

const grant = () => prod.issueGrant(grantClaims(prod, holder));

describe('each kind is known, and holds against the keys of its cluster', () => {
  test.each<[string, () => Promise<string>]>([
    ['stamp', () => prod.issueStamp(stampClaims(prod))],
    ['app-group token', grant],
    ['source cluster token', () => prod.issueSourceToken(sourceClaims(prod, holder))],
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

  test('content that was changed', async () => {
    const [header, , signature] = (await grant()).split('.');
    const changed = Buffer.from(JSON.stringify({ ...grantClaims(prod, holder), sub: 'mallory' })).toString('base64url');
    const result = await shown(`${header}.${changed}.${signature}`, '--keys', identities);
    expect([result.exitCode, codesOf(result)]).toEqual([3, ['signature: TokenUntrusted']]);
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
