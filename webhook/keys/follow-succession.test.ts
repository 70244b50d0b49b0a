import { beforeEach, describe, expect, test } from 'vitest';
import type { ClusterIdentity, ClusterKey } from '../../api/kinds/cluster-identity.ts';
import { announcedKeys, peerKeys } from '../../api/peer-keys.ts';
import { type SuccessionClaims, successionToken } from '../../api/tokens/kinds.ts';
import { type SigningKey, signToken } from '../../api/tokens/sign-token.ts';
import { FakeCluster, NOW, newSigningKey, secondsFromNow } from '../../test/fakes/fake-authority.ts';
import { stampClaims } from '../../test/fakes/sample-claims.ts';
import { clusterOfStatement, judgeSuccession } from './follow-succession.ts';

const [prod, other] = await Promise.all([FakeCluster.create('prod'), FakeCluster.create('other')]);
const [second, third, fourth] = await Promise.all([newSigningKey(), newSigningKey(), newSigningKey()]);

type Peer = Pick<ClusterIdentity, 'spec' | 'status'>;

let peer: Peer;

beforeEach(() => {
  peer = { spec: { clusterID: prod.id, keys: prod.publicKeys() } };
});

/** What `by` says of the stamp key after it. */
const statement = (next: SigningKey, by: SigningKey = prod.stampKey, part: Partial<SuccessionClaims> = {}) =>
  signToken(
    successionToken,
    {
      ...{ iss: prod.urn, iat: secondsFromNow(-60), jti: 's1', use: 'Stamp', predecessor: by.kid },
      jwk: next.publicJwk,
      ...part,
    },
    by,
  );

const judge = async (text: string | Promise<string>) => judgeSuccession(await text, peer, NOW);

/** Follows a statement as the controller does. */
const follow = async (text: string | Promise<string>): Promise<void> => {
  const succession = await judge(text);
  if (succession.kind !== 'announced') throw new Error(JSON.stringify(succession));
  peer = { ...peer, status: { successors: [...(peer.status?.successors ?? []), succession.successor] } };
};

const write = (change: (key: ClusterKey) => ClusterKey): void => {
  peer = { ...peer, spec: { ...peer.spec, keys: (peer.spec.keys ?? []).map(change) } };
};

const stateOf = (kid: string): string | undefined => peerKeys(peer).find(key => key.kid === kid)?.state;

describe('a key that is announced by the one before it', () => {
  test('is news, and counts once it is kept', async () => {
    expect(await judge(statement(second))).toEqual({
      kind: 'announced',
      successor: {
        ...{ kid: second.kid, use: 'Stamp', jwk: second.publicJwk },
        ...{ predecessor: prod.stampKey.kid, since: NOW.toISOString() },
      },
    });
    expect(stateOf(second.kid)).toBeUndefined();
    await follow(statement(second));
    expect(stateOf(second.kid)).toBe('Active');
  });

  test('may announce the next: a chain of several rotations is followed', async () => {
    await follow(statement(second));
    await follow(statement(third, second));
    await follow(statement(fourth, third));
    expect(stateOf(fourth.kid)).toBe('Active');
  });

  test('is no news a second time, nor if an operator has written it', async () => {
    await follow(statement(second));
    expect((await judge(statement(second))).kind).toBe('known');
    peer = {
      spec: {
        clusterID: prod.id,
        keys: [...prod.publicKeys(), { kid: third.kid, use: 'Stamp', state: 'Active', jwk: third.publicJwk }],
      },
    };
    expect((await judge(statement(third))).kind).toBe('known');
  });

  test('may be announced before it signs by one that was announced itself', async () => {
    write(key => ({ ...key, state: 'Announced' }));
    await follow(statement(second));
  });
});

describe('is ignored', () => {
  test('a chain with a link cut out', async () => {
    expect((await judge(statement(third, second))).kind).toBe('ignored');
  });

  test.each<[string, () => Promise<string>]>([
    ['by a stranger’s key', () => statement(second, other.stampKey)],
    ['by a stranger under the name of the key', () => statement(second, { ...other.stampKey, kid: prod.stampKey.kid })],
    ['by the grant key', () => statement(second, prod.grantKey)],
    ['by the stamp key, for grants', () => statement(second, prod.stampKey, { use: 'Grant' })],
    ['of another cluster', () => statement(second, prod.stampKey, { iss: other.urn })],
    ['of no cluster', () => statement(second, prod.stampKey, { iss: 'urn:x' })],
    [
      'that names another key than signs it',
      () => statement(second, prod.stampKey, { predecessor: prod.grantKey.kid }),
    ],
    ['of the future', () => statement(second, prod.stampKey, { iat: secondsFromNow(3600) })],
    ['that is edited', async () => (await statement(second)).replace(/\.[^.]{4}/, '.AAAA')],
    ['that is no token', async () => 'hello'],
    ['that is another token', () => prod.issueStamp(stampClaims(prod))],
  ])('a statement %s', async (_, text) => {
    expect((await judge(text())).kind).toBe('ignored');
  });

  test('a key that a revoked one announces, and one that a retired one does', async () => {
    write(key => ({ ...key, state: 'Revoked' }));
    expect(await judge(statement(second))).toMatchObject({
      kind: 'ignored',
      because: expect.stringContaining('revoked'),
    });
    write(key => ({ ...key, state: 'Retired' }));
    expect(await judge(statement(second))).toMatchObject({
      kind: 'ignored',
      because: expect.stringContaining('retired'),
    });
  });

  test('a second successor of the same key: the first one stays', async () => {
    await follow(statement(second));
    expect(await judge(statement(third))).toMatchObject({
      kind: 'ignored',
      because: expect.stringContaining('before'),
    });
    expect(stateOf(second.kid)).toBe('Active');
  });
});

describe('what was announced counts no more', () => {
  beforeEach(async () => {
    await follow(statement(second));
    await follow(statement(third, second));
  });

  test('once the key that began it is revoked, with all that came of it', () => {
    write(key => (key.use === 'Stamp' ? { ...key, state: 'Revoked' } : key));
    expect([stateOf(second.kid), stateOf(third.kid)]).toEqual(['Revoked', 'Revoked']);
  });

  test('once one in the middle is revoked by its name', () => {
    const revoked: ClusterKey = { kid: second.kid, use: 'Stamp', state: 'Revoked', jwk: second.publicJwk };
    peer = { ...peer, spec: { ...peer.spec, keys: [...(peer.spec.keys ?? []), revoked] } };
    expect([stateOf(second.kid), stateOf(third.kid)]).toEqual(['Revoked', 'Revoked']);
  });

  test('while the keys are pinned; it is known all the same', () => {
    peer = { ...peer, spec: { ...peer.spec, succession: 'Pin' } };
    expect(peerKeys(peer)).toEqual(prod.publicKeys());
    expect(announcedKeys(peer).map(({ kid }) => kid)).toContain(third.kid);
  });

  test('where the record says another use than the key that announced it', () => {
    const successors = (peer.status?.successors ?? []).map(each => ({ ...each, use: 'Grant' as const }));
    expect(peerKeys({ ...peer, status: { successors } })).toEqual(prod.publicKeys());
  });
});

test('whose a statement says to be is read from what it says, and from nothing else', async () => {
  expect(clusterOfStatement(await statement(second))).toBe(prod.id);
  expect(clusterOfStatement('hello')).toBeUndefined();
});
