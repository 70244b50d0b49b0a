import { describe, expect, test } from 'vitest';
import type { ClusterKey } from '../../api/kinds/cluster-identity.ts';
import { FakeCluster } from '../../test/fakes/fake-authority.ts';
import { formerKeys, mergeKeys } from './merge-keys.ts';

const [old, fresh] = await Promise.all([FakeCluster.create('old'), FakeCluster.create('new')]);

const told = (keys: readonly ClusterKey[]): string[] =>
  keys.map(
    ({ kid, state }) =>
      `${[old, fresh].findIndex(({ stampKey, grantKey }) => [stampKey.kid, grantKey.kid].includes(kid))} ${state}`,
  );

describe('a peer that is asked again', () => {
  test('has the states that it tells', () => {
    expect(mergeKeys(old.publicKeys('Active'), old.publicKeys('Retired'))).toEqual(old.publicKeys('Retired'));
  });

  test('cannot take back that a key of it was revoked here', () => {
    expect(mergeKeys(old.publicKeys('Revoked'), old.publicKeys('Active'))).toEqual(old.publicKeys('Revoked'));
  });

  test('and knows its old keys no more, still has them: what they signed counts', () => {
    expect(told(mergeKeys(old.publicKeys('Active'), fresh.publicKeys()))).toEqual([
      '1 Active',
      '1 Active',
      '0 Retired',
      '0 Retired',
    ]);
    expect(told(mergeKeys(old.publicKeys('Revoked'), fresh.publicKeys())).slice(2)).toEqual(['0 Revoked', '0 Revoked']);
  });

  test('may tell that it has revoked one itself', () => {
    expect(mergeKeys(old.publicKeys('Active'), old.publicKeys('Revoked'))).toEqual(old.publicKeys('Revoked'));
  });
});

describe('of a cluster’s own former keys', () => {
  const stampOf = (cluster: FakeCluster, state: ClusterKey['state']) =>
    cluster.publicKeys(state).filter(({ use }) => use === 'Stamp');

  test('the stamp keys are taken, as retired ones', () => {
    expect(formerKeys(fresh.publicKeys(), [], old.publicKeys('Active'))).toEqual(stampOf(old, 'Retired'));
  });

  test('those that it holds are not', () => {
    expect(formerKeys(fresh.publicKeys(), [], [...fresh.publicKeys(), ...old.publicKeys()])).toEqual(
      stampOf(old, 'Retired'),
    );
  });

  test('those that are written stay, revoked ones revoked', () => {
    const written = stampOf(old, 'Revoked');
    const held = [...fresh.publicKeys(), ...written];
    expect(formerKeys(held, written, old.publicKeys('Active'))).toEqual(written);
    expect(formerKeys(held, stampOf(old, 'Retired'), [])).toEqual(stampOf(old, 'Retired'));
  });

  test('those that the file says are revoked are, held or not', () => {
    expect(formerKeys(old.publicKeys(), [], old.publicKeys('Revoked'))).toEqual(old.publicKeys('Revoked'));
  });
});
