import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CORE, type Secret } from '../../api/kubernetes/core-types.ts';
import type { SigningKey } from '../../api/tokens/sign-token.ts';
import { thumbprintOf } from '../../api/tokens/sign-token.ts';
import { NOW } from '../../test/fakes/fake-authority.ts';
import { FakeObjectServer } from '../../test/fakes/fake-object-server.ts';
import { problemOf } from '../../test/fakes/problem-of.ts';
import { KEY_USES, type KeyUse } from './key-use.ts';
import { loadKeys } from './load-keys.ts';

const NAMESPACE = 'kubectl-recover-system';

let server: FakeObjectServer;

beforeEach(async () => {
  server = await FakeObjectServer.start();
});

afterEach(() => server.stop());

type SigningKeys = Readonly<Record<KeyUse, SigningKey>>;
const load = async (from = server): Promise<SigningKeys> => {
  const { grant, stamp, admission } = await loadKeys(from.client, NOW);
  return { grant: grant.ring.signing, stamp: stamp.ring.signing, admission: admission.ring.signing };
};
const secretOf = (use: string): Secret | undefined =>
  server.find(CORE.secrets, { namespace: NAMESPACE, name: `${use}-key` });
const kids = (keys: SigningKeys): string[] => KEY_USES.map(use => keys[use].kid);

const put = (use: string, data: Record<string, string>): void => {
  server.put(CORE.secrets, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace: NAMESPACE, name: `${use}-key` },
    data,
  });
};

const encode = (value: string): string => Buffer.from(value).toString('base64');
const jwkOf = (use: string) =>
  JSON.parse(Buffer.from(secretOf(use)?.data?.['private.jwk'] ?? '', 'base64').toString('utf8')) as Record<
    string,
    string
  >;

describe('keys that are absent', () => {
  test('are made, one for each use, none like another', async () => {
    const keys = await load();
    expect(new Set(kids(keys)).size).toBe(3);
    for (const use of KEY_USES) expect(keys[use].kid).toBe(await thumbprintOf(keys[use].publicJwk));
  });

  test.each(KEY_USES)('are kept in a Secret that no backup takes: %s', async use => {
    await load();
    expect(secretOf(use)).toMatchObject({
      metadata: { namespace: NAMESPACE, labels: { 'velero.io/exclude-from-backup': 'true' } },
      type: 'kubectl-recover.io/signing-key',
    });
  });

  test('are made once: later starts find them', async () => {
    const first = await load();
    expect(kids(await load())).toEqual(kids(first));
    expect(server.writes).toHaveLength(3);
  });

  test('of two replicas that start at once are those of whoever was first', async () => {
    const [one, other] = await Promise.all([load(), load()]);
    expect(kids(one)).toEqual(kids(other));
  });

  test('are those of a replica that was a moment faster', async () => {
    server.meanwhile = ({ method }) => {
      if (method !== 'POST') return;
      server.meanwhile = () => undefined;
      for (const use of KEY_USES) put(use, saved[use] ?? {});
    };
    const before = await FakeObjectServer.start();
    const first = await load(before);
    const saved: Record<string, Record<string, string>> = {};
    for (const use of KEY_USES) {
      saved[use] = { ...before.find(CORE.secrets, { namespace: NAMESPACE, name: `${use}-key` })?.data };
    }
    await before.stop();
    expect(kids(await load())).toEqual(kids(first));
  });
});

test('the public half of a key has no private member', async () => {
  const keys = await load();
  for (const use of KEY_USES) {
    expect(Object.keys(keys[use].publicJwk).toSorted()).toEqual(['crv', 'kty', 'x', 'y']);
    expect(JSON.stringify(keys[use])).not.toContain(jwkOf(use)['d']);
  }
});

test('a key cannot be taken out of the process', async () => {
  const { grant } = await load();
  expect(grant.privateKey.extractable).toBe(false);
});

describe('a Secret without a key', () => {
  const withJwk = (change: (jwk: Record<string, string>) => object) => (): Record<string, string> => ({
    'private.jwk': encode(JSON.stringify(change(jwkOf('grant')))),
  });

  test.each<[string, () => Record<string, string>]>([
    ['that is empty', () => ({})],
    ['that has it elsewhere', () => ({ 'tls.key': secretOf('grant')?.data?.['private.jwk'] ?? '' })],
    ['that holds text', () => ({ 'private.jwk': encode('hush-hush') })],
    ['that holds no object', () => ({ 'private.jwk': encode('["hush-hush"]') })],
    ['that holds a public key only', withJwk(({ d, ...jwk }) => ({ ...jwk, was: d?.length }))],
    ['of another curve', withJwk(jwk => ({ ...jwk, crv: 'P-384' }))],
    ['that is too short', withJwk(jwk => ({ ...jwk, d: 'hush-hush' }))],
    ['that is no point of the curve', withJwk(jwk => ({ ...jwk, x: 'A'.repeat(43) }))],
  ])('%s ends the start, and is neither replaced nor shown', async (_, data) => {
    await load();
    const before = secretOf('grant')?.data?.['private.jwk'] ?? '';
    const flawed = data();
    put('grant', flawed);
    const problem = await problemOf(() => load());
    expect(problem).toMatchObject({ code: 'InternalError', message: expect.stringContaining('grant-key') });
    expect(JSON.stringify(problem)).not.toMatch(/hush/);
    expect(JSON.stringify(problem)).not.toContain(before.slice(0, 20));
    expect(secretOf('grant')?.data).toEqual(flawed);
  });

  test('is told without a cause that would quote it', async () => {
    put('grant', { 'private.jwk': encode('hush-hush') });
    const error: unknown = await load().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toHaveProperty('cause');
  });
});

test.each([403, 500])('where Secrets cannot be read (%d), no key is made', async status => {
  server.failure = ({ method }) => (method === 'GET' ? status : undefined);
  await expect(load()).rejects.toThrow('it failed');
  expect(server.writes).toEqual([]);
});
