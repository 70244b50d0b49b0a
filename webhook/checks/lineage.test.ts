import { beforeEach, describe, expect, test } from 'vitest';
import type { StampClaims } from '../../api/tokens/kinds.ts';
import { FakeCluster, uidOf } from '../../test/fakes/fake-authority.ts';
import { FakeClusterState, peerView } from '../../test/fakes/fake-cluster-state.ts';
import { stampClaims } from '../../test/fakes/sample-claims.ts';
import { isLater, lineageOf, speaksFor, stampSpeaks, type Voucher } from './lineage.ts';

/** `shop` was first registered in `prod`, was adopted by `dr`, and is asked for in a third cluster. */
const prod = await FakeCluster.create('prod');
const dr = await FakeCluster.create('dr');
const third = await FakeCluster.create('third');
const groupId = `${prod.id}/${uidOf('group shop')}`;

const ADOPTED = '2026-03-02T10:00:00Z';
const BEFORE = '2026-03-02T09:00:00Z';
const AFTER = '2026-03-02T11:00:00Z';

let state: FakeClusterState;

beforeEach(() => {
  state = new FakeClusterState(third);
  state.peers = [peerView(prod), peerView(dr, { name: 'dr', speaksFor: [prod.id] })];
});

const stampOf = (cluster: FakeCluster, startTime: string, activeSince?: string): StampClaims => {
  const claims = stampClaims(prod);
  return {
    ...claims,
    iss: cluster.urn,
    cluster: cluster.cluster,
    backup: { ...claims.backup, startTime },
    groups: claims.groups.map(group => ({ ...group, ...(activeSince === undefined ? {} : { activeSince }) })),
  };
};

const ofProd: Voucher = { groupId, cluster: prod.id, lineage: [prod.id, dr.id] };
const ofDr: Voucher = { groupId, cluster: dr.id, lineage: [prod.id, dr.id], activeSince: ADOPTED };

describe('who speaks for groups of prod', () => {
  test('prod, this cluster by its own record, and who took them over by the word of an operator here', () => {
    for (const cluster of [prod, third, dr]) expect(speaksFor(cluster.id, prod.id, state)).toBe(true);
    expect(lineageOf(groupId, state)).toEqual([prod.id, ...[third.id, dr.id]]);
  });

  test('no peer by its own word (T58)', () => {
    state.peers = [peerView(prod), peerView(dr)];
    expect(speaksFor(dr.id, prod.id, state)).toBe(false);
    expect(lineageOf(groupId, state)).not.toContain(dr.id);
    expect(stampSpeaks(stampOf(dr, AFTER, ADOPTED), ofDr, state)).toBe(false);
    expect(stampSpeaks(stampOf(dr, AFTER, ADOPTED), { ...ofDr, lineage: [dr.id] }, state)).toBe(false);
  });

  test('nobody who is no peer', () => {
    expect(speaksFor(uidOf('cluster other'), prod.id, state)).toBe(false);
  });
});

describe('stamps count', () => {
  test('of both clusters, for the active copy', () => {
    expect(stampSpeaks(stampOf(prod, BEFORE), ofDr, state)).toBe(true);
    expect(stampSpeaks(stampOf(dr, AFTER, ADOPTED), ofDr, state)).toBe(true);
  });

  test('not of a cluster that the grant does not name', () => {
    expect(stampSpeaks(stampOf(dr, AFTER, ADOPTED), { ...ofProd, lineage: [prod.id] }, state)).toBe(false);
  });

  test('not of a copy beside the active one, except for that copy itself', () => {
    expect(stampSpeaks(stampOf(dr, AFTER), ofProd, state)).toBe(false);
    expect(stampSpeaks(stampOf(dr, AFTER), { ...ofProd, cluster: dr.id }, state)).toBe(true);
  });

  test('not of the old copy, once another one is active: a cluster that came back backs up what is stale', () => {
    expect(stampSpeaks(stampOf(prod, AFTER), ofDr, state)).toBe(false);
  });

  test('by what is said of the group itself, not of others in the stamp', () => {
    const beside = stampOf(dr, AFTER);
    const active = beside.groups.map(group => ({
      ...group,
      id: `${dr.id}/${uidOf('group other')}`,
      activeSince: ADOPTED,
    }));
    expect(stampSpeaks({ ...beside, groups: [...active, ...beside.groups] }, ofProd, state)).toBe(false);
  });

  test('of the copy that is active later than the one that vouches, however late', () => {
    const earlier: Voucher = { ...ofProd, activeSince: BEFORE };
    expect(stampSpeaks(stampOf(dr, AFTER, ADOPTED), earlier, state)).toBe(true);
  });

  test('of the copy in between, for one that became active after it', () => {
    const home: Voucher = { ...ofProd, activeSince: AFTER };
    expect(stampSpeaks(stampOf(dr, ADOPTED, ADOPTED), home, state)).toBe(true);
    expect(stampSpeaks(stampOf(dr, '2026-03-02T12:00:00Z', ADOPTED), home, state)).toBe(false);
  });
});

test('who never became active is never later', () => {
  expect(isLater(undefined, undefined)).toBe(false);
  expect(isLater(undefined, ADOPTED)).toBe(false);
  expect(isLater(ADOPTED, undefined)).toBe(true);
  expect(isLater(ADOPTED, ADOPTED)).toBe(false);
});
