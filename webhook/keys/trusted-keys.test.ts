import { describe, expect, test } from 'vitest';
import { FakeCluster } from '../../test/fakes/fake-authority.ts';
import { lookUpKey, ownKeys } from './trusted-keys.ts';

const prod = await FakeCluster.create('prod');
const other = await FakeCluster.create('other');
const active = prod.publicKeys();

const lookUp = (keys = active, kid = prod.grantKey.kid, issuer = prod.urn) =>
  lookUpKey(id => (id === prod.id ? keys : undefined), 'Grant', issuer, kid).outcome;

test('a key is found by its cluster, name and use', () => {
  const found = lookUpKey(() => active, 'Grant', prod.urn, prod.grantKey.kid);
  expect(found).toEqual({ outcome: 'trusted', jwk: prod.grantKey.publicJwk });
});

test('a key of another use is unknown', () => {
  expect(lookUp(active, prod.stampKey.kid)).toBe('unknown');
  expect(lookUpKey(() => active, 'Stamp', prod.urn, prod.grantKey.kid).outcome).toBe('unknown');
});

test('the admission key is never among the public ones', () => {
  expect(active.map(({ kid }) => kid)).not.toContain(prod.admissionKey.kid);
});

test('a key of another cluster is unknown, even under a trusted issuer', () => {
  expect(lookUp(active, other.grantKey.kid)).toBe('unknown');
  expect(lookUp(active, prod.grantKey.kid, other.urn)).toBe('unknown');
});

test.each([
  '',
  'prod',
  prod.id,
  `${prod.urn} `,
  'https://prod.example',
  '__proto__',
])('issuer %j is unknown', issuer => {
  expect(lookUp(active, prod.grantKey.kid, issuer)).toBe('unknown');
});

test('a retired key verifies what it signed; a revoked one nothing', () => {
  expect(lookUp(prod.publicKeys('Retired'))).toBe('trusted');
  expect(lookUp(prod.publicKeys('Revoked'))).toBe('revoked');
});

test('a peer without keys has none', () => {
  expect(lookUp([])).toBe('unknown');
});

describe('of the keys of this cluster', () => {
  const statesOf = (written: ReturnType<typeof prod.publicKeys>) =>
    ownKeys(active, written).map(({ kid, state }) => `${kid === prod.stampKey.kid ? 'own' : kid} ${state}`);

  test('those that are held count as they are held', () => {
    expect(ownKeys(active)).toEqual(active);
    expect(ownKeys(active, prod.publicKeys('Retired'))).toEqual(active);
  });

  test('a revoked one counts no more, though it is held', () => {
    expect(ownKeys(active, prod.publicKeys('Revoked')).map(({ state }) => state)).toEqual(['Revoked', 'Revoked']);
  });

  test('a stamp key from before a re-installation counts as retired, a grant key not', () => {
    expect(statesOf(other.publicKeys('Retired'))).toEqual([...statesOf([]), `${other.stampKey.kid} Retired`]);
  });

  test('a former one that was revoked is told from one that nobody knows', () => {
    expect(statesOf(other.publicKeys('Revoked'))).toEqual([
      ...statesOf([]),
      `${other.grantKey.kid} Revoked`,
      `${other.stampKey.kid} Revoked`,
    ]);
  });

  test('none is made active by being written there', () => {
    expect(ownKeys(active, other.publicKeys('Active'))).toEqual(active);
    expect(ownKeys(active, other.publicKeys('Announced'))).toEqual(active);
  });
});
