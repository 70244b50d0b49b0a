import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CORE } from '../../api/kubernetes/core-types.ts';
import { appGroupToken, successionToken } from '../../api/tokens/kinds.ts';
import { signToken } from '../../api/tokens/sign-token.ts';
import { decodeToken, verifyToken } from '../../api/tokens/verify-token.ts';
import { codeOf } from '../../test/fakes/code-of.ts';
import { FakeCluster, FakeHolder, NOW } from '../../test/fakes/fake-authority.ts';
import { FakeObjectServer } from '../../test/fakes/fake-object-server.ts';
import { grantClaims } from '../../test/fakes/sample-claims.ts';
import { KEYS_STALE_MS, type KeyRotation, MIN_OVERLAP_MS } from './advance-keys.ts';
import { MAX_RETIRED } from './key-ring.ts';
import { KEY_USES, type KeyUse } from './key-use.ts';
import { OwnKeys, type OwnKeyWishes } from './own-keys.ts';
import { lookUpKey } from './trusted-keys.ts';

const prod = await FakeCluster.create('prod');
const holder = await FakeHolder.create();

let server: FakeObjectServer;
let nowMs: number;

beforeEach(async () => {
  server = await FakeObjectServer.start();
  nowMs = NOW.getTime();
});

afterEach(() => server.stop());

const replica = (): Promise<OwnKeys> =>
  OwnKeys.load({ client: server.client, clusterId: prod.id, log: pino({ level: 'silent' }), clock: () => nowMs });

/** Asked for now, as the command does. */
const asked = (part: Partial<KeyRotation> = {}): OwnKeyWishes => ({
  keyRotation: {
    requestedAt: new Date(nowMs + 1).toISOString(),
    uses: ['Grant', 'Stamp', 'Admission'],
    overlapSeconds: 0,
    ...part,
  },
});

const kidsOf = (keys: OwnKeys): Record<KeyUse, string> => ({
  grant: keys.signing('grant').kid,
  stamp: keys.signing('stamp').kid,
  admission: keys.signing('admission').kid,
});

const statesOf = (keys: OwnKeys, use: 'Grant' | 'Stamp'): string[] =>
  keys
    .publicKeys()
    .filter(key => key.use === use)
    .map(({ state }) => state);

/** Time passes, and the replicas read their keys every few seconds as they do. */
const pass = async (ms: number, wishes: OwnKeyWishes, ...replicas: readonly OwnKeys[]): Promise<void> => {
  const end = nowMs + ms;
  while (nowMs < end) {
    nowMs = Math.min(nowMs + 5_000, end);
    for (const keys of replicas) await keys.refresh(wishes);
  }
};

describe('a rotation', () => {
  test('announces first, and the old keys go on signing', async () => {
    const keys = await replica();
    const before = kidsOf(keys);
    expect(await keys.refresh(asked())).toBe(true);
    expect(kidsOf(keys)).toEqual(before);
    expect(statesOf(keys, 'Grant')).toEqual(['Active', 'Announced']);
    expect(statesOf(keys, 'Stamp')).toEqual(['Active', 'Announced']);
  });

  test('has the new keys sign after the overlap, and keeps the old ones', async () => {
    const keys = await replica();
    const before = kidsOf(keys);
    const wishes = asked({ overlapSeconds: 3600 });
    await keys.refresh(wishes);
    const announced = keys.publicKeys().find(({ use, state }) => use === 'Stamp' && state === 'Announced');
    await pass(3_590_000, wishes, keys);
    expect(keys.signing('stamp').kid).toBe(before.stamp);
    // The other replicas are all who know this one.
    expect(keys.signing('admission').kid).not.toBe(before.admission);
    await pass(10_000, wishes, keys);
    expect(keys.signing('stamp').kid).toBe(announced?.kid);
    expect(statesOf(keys, 'Stamp')).toEqual(['Active', 'Retired']);
    expect(keys.publicKeys().find(({ state, use }) => state === 'Retired' && use === 'Stamp')?.kid).toBe(before.stamp);
  });

  test('happens once for one request, whoever reads it how often', async () => {
    const [one, other] = [await replica(), await replica()];
    const wishes = asked();
    await Promise.all([one.refresh(wishes), other.refresh(wishes)]);
    await pass(MIN_OVERLAP_MS + 5_000, wishes, one, other);
    const after = kidsOf(one);
    expect(kidsOf(other)).toEqual(after);
    await pass(200_000, wishes, one, other);
    expect(kidsOf(one)).toEqual(after);
    expect(statesOf(one, 'Grant')).toEqual(['Active', 'Retired']);
  });

  test('is not begun by a request that is older than the keys, as a file applied to a new installation is', async () => {
    const keys = await replica();
    const before = kidsOf(keys);
    const wishes = asked({ requestedAt: new Date(nowMs - 1000).toISOString() });
    await pass(MIN_OVERLAP_MS + 5_000, wishes, keys);
    expect(kidsOf(keys)).toEqual(before);
    expect(statesOf(keys, 'Grant')).toEqual(['Active']);
  });

  test('is of the uses that are asked for only', async () => {
    const keys = await replica();
    const before = kidsOf(keys);
    const wishes = asked({ uses: ['Stamp'] });
    await pass(MIN_OVERLAP_MS + 5_000, wishes, keys);
    expect(kidsOf(keys)).toMatchObject({ grant: before.grant, admission: before.admission });
    expect(keys.signing('stamp').kid).not.toBe(before.stamp);
  });

  test('that waits is hurried by a later request with a shorter overlap', async () => {
    const keys = await replica();
    await keys.refresh(asked({ overlapSeconds: 86_400 }));
    const announced = keys.publicKeys().find(({ state, use }) => state === 'Announced' && use === 'Grant');
    nowMs += 60_000;
    const hurry = asked({ overlapSeconds: 0 });
    await keys.refresh(hurry);
    await pass(MIN_OVERLAP_MS, hurry, keys);
    expect(keys.signing('grant').kid).toBe(announced?.kid);
  });

  test('survives the death of a replica at any write', async () => {
    const wishes = asked();
    const keys = await replica();
    server.failure = ({ method, url }) => (method === 'PUT' && url.includes('stamp-key') ? 500 : undefined);
    await expect(keys.refresh(wishes)).rejects.toThrow();
    server.failure = () => undefined;
    const heir = await replica();
    await pass(2 * MIN_OVERLAP_MS, wishes, heir);
    expect(statesOf(heir, 'Grant')).toEqual(['Active', 'Retired']);
    expect(statesOf(heir, 'Stamp')).toEqual(['Active', 'Retired']);
  });

  test('of a ring that is full is not begun: nothing that backups may need is thrown away', async () => {
    const keys = await replica();
    let wishes: OwnKeyWishes = {};
    for (let round = 0; round < MAX_RETIRED; round += 1) {
      wishes = asked({ uses: ['Stamp'] });
      await keys.refresh(wishes);
      nowMs += MIN_OVERLAP_MS;
      await keys.refresh(wishes);
    }
    expect(statesOf(keys, 'Stamp')).toHaveLength(MAX_RETIRED + 1);
    const last = kidsOf(keys);
    wishes = asked();
    await keys.refresh(wishes);
    nowMs += MIN_OVERLAP_MS;
    await keys.refresh(wishes);
    expect(keys.signing('stamp').kid).toBe(last.stamp);
    expect(keys.signing('grant').kid).not.toBe(last.grant);
  });
});

describe('no token of one replica is refused by another', () => {
  test('while keys rotate, whichever replica is behind', async () => {
    const [one, other] = [await replica(), await replica()];
    const wishes = asked();
    for (let step = 0; step < 15; step += 1) {
      // Now the one is read anew first, now the other.
      const [first, second] = step % 2 === 0 ? [one, other] : [other, one];
      await first.refresh(wishes);
      for (const [signer, judge] of [
        [one, other],
        [other, one],
      ] as const) {
        const grant = await signToken(appGroupToken, grantClaims(prod, holder), signer.signing('grant'));
        const key = (issuer: string, kid: string) => lookUpKey(() => judge.publicKeys(), 'Grant', issuer, kid);
        await expect(verifyToken(appGroupToken, grant, { key, now: NOW })).resolves.toBeDefined();
        expect(judge.admissionKey(signer.signing('admission').kid).outcome).toBe('trusted');
      }
      nowMs += 5_000;
      await second.refresh(wishes);
    }
    expect(statesOf(one, 'Grant')).toEqual(['Active', 'Retired']);
  });

  test('since one that cannot read its keys signs and vouches for nothing', async () => {
    const [one, other] = [await replica(), await replica()];
    const wishes = asked();
    await one.refresh(wishes);
    nowMs += KEYS_STALE_MS - 1;
    expect(other.isFresh()).toBe(true);
    nowMs += 1;
    expect(other.isFresh()).toBe(false);
    expect(await codeOf(() => other.signing('grant'))).toBe('StateUnavailable');
    expect(await codeOf(() => other.publicKeys())).toBe('StateUnavailable');
    expect(await codeOf(() => other.admissionKey('x'))).toBe('StateUnavailable');
    expect(MIN_OVERLAP_MS).toBeGreaterThan(KEYS_STALE_MS);
    await other.refresh(wishes);
    expect(statesOf(other, 'Grant')).toEqual(['Active', 'Announced']);
  });
});

describe('a key that an operator revokes', () => {
  const revoking = (kid: string, use: 'Grant' | 'Stamp', keys: OwnKeys): OwnKeyWishes => ({
    keys: keys.publicKeys().flatMap(key => (key.kid === kid && key.use === use ? [{ ...key, state: 'Revoked' }] : [])),
  });

  test('signs no more: another one does at once, and was announced by nobody', async () => {
    const keys = await replica();
    const before = kidsOf(keys);
    await keys.refresh(asked());
    await keys.refresh(revoking(before.stamp, 'Stamp', keys));
    expect(keys.signing('stamp').kid).not.toBe(before.stamp);
    expect(statesOf(keys, 'Stamp')).toEqual(['Active', 'Retired']);
    expect(keys.statements().map(statement => decodeToken(successionToken, statement).claims.use)).toEqual(['Grant']);
  });

  test('before it has signed never does, and its announcement is taken back', async () => {
    const keys = await replica();
    const before = kidsOf(keys);
    const rotation = asked({ uses: ['Stamp'] });
    await keys.refresh(rotation);
    const next = keys.publicKeys().find(({ state }) => state === 'Announced')?.kid ?? '';
    const wishes = { ...rotation, ...revoking(next, 'Stamp', keys) };
    await pass(2 * MIN_OVERLAP_MS, wishes, keys);
    expect(keys.signing('stamp').kid).toBe(before.stamp);
    expect(keys.statements()).toEqual([]);
  });
});

describe('the succession', () => {
  test('is stated by the key before, for its cluster and use', async () => {
    const keys = await replica();
    const before = kidsOf(keys);
    await keys.refresh(asked());
    const statements = keys.statements();
    expect(statements).toHaveLength(2);
    for (const statement of statements) {
      const { claims } = decodeToken(successionToken, statement);
      const key = (issuer: string, kid: string) => lookUpKey(() => keys.publicKeys(), claims.use, issuer, kid);
      await expect(verifyToken(successionToken, statement, { key, now: NOW })).resolves.toMatchObject({
        iss: prod.urn,
        predecessor: claims.use === 'Grant' ? before.grant : before.stamp,
      });
    }
  });

  test('of several rotations is a chain, of the last ones', async () => {
    const keys = await replica();
    for (let round = 0; round < 10; round += 1) {
      const wishes = asked({ uses: ['Stamp'] });
      await keys.refresh(wishes);
      nowMs += MIN_OVERLAP_MS;
      await keys.refresh(wishes);
    }
    const links = keys.statements().map(statement => decodeToken(successionToken, statement));
    expect(links).toHaveLength(8);
    expect(links.at(-1)?.claims.jwk).toEqual(keys.signing('stamp').publicJwk);
  });
});

test('no private key leaves the Secret, and a retired one is not kept at all', async () => {
  const keys = await replica();
  const old = KEY_USES.map(use =>
    server.find(CORE.secrets, { namespace: 'kubectl-recover-system', name: `${use}-key` }),
  );
  const secretsOf = (data: Readonly<Record<string, string>> | undefined): string[] =>
    ['private.jwk', 'next.jwk'].flatMap(field => {
      const text = Buffer.from(data?.[field] ?? '', 'base64').toString('utf8');
      return text === '' ? [] : [(JSON.parse(text) as { readonly d: string }).d];
    });
  const before = old.flatMap(secret => secretsOf(secret?.data));
  const wishes = asked();
  await keys.refresh(wishes);
  nowMs += MIN_OVERLAP_MS;
  await keys.refresh(wishes);
  const told = JSON.stringify([keys.publicKeys(), keys.statements()]);
  for (const use of KEY_USES) {
    const now = server.find(CORE.secrets, { namespace: 'kubectl-recover-system', name: `${use}-key` });
    const held = secretsOf(now?.data);
    expect(held).toHaveLength(1);
    expect(before).not.toContain(held[0]);
    expect(told).not.toContain(held[0]);
    expect(now?.metadata.labels).toMatchObject({ 'velero.io/exclude-from-backup': 'true' });
  }
});
