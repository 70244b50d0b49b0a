import { beforeEach, describe, expect, test } from 'vitest';
import type { Requester } from '../../api/kinds/requester.ts';
import { FakeCluster, uidOf } from '../../test/fakes/fake-authority.ts';
import { FakeClusterState, peerView } from '../../test/fakes/fake-cluster-state.ts';
import { LOST_SINCE, START_TIME } from '../../test/fakes/sample-claims.ts';
import type { FormerGroup } from './former-groups.ts';
import { unmappedPeers } from './unmapped-peers.ts';

const here = await FakeCluster.create('dr');
const prod = await FakeCluster.create('prod');

let state: FakeClusterState;

beforeEach(() => {
  state = new FakeClusterState(here);
});

const groupOf = (cluster: FakeCluster, name: string): FormerGroup => ({
  group: { id: `${cluster.id}/${uidOf(name)}`, namespace: name, name, namespaces: [], owners: [] },
  cluster: cluster.cluster,
  stamp: { jti: name, startTime: START_TIME },
});

const unmapped = (requester: Requester, former = [groupOf(prod, 'shop'), groupOf(prod, 'mail')]): string[] =>
  unmappedPeers(former, requester, state).map(({ name }) => name);

const put = (part: Parameters<typeof peerView>[1]): void => {
  state.peers = [peerView(prod, { trustedUsers: ['alice', 'team-*'], trustedGroups: ['oidc:*'], ...part })];
};

describe('of a lost cluster', () => {
  test.each<[string, Requester, boolean]>([
    ['a user who is named', { username: 'alice' }, false],
    ['a user who fits a prefix', { username: 'team-1' }, false],
    ['a member of a group that is named', { username: 'bob', groups: ['oidc:shop'] }, false],
    ['a user who is not', { username: 'bob', groups: ['staff'] }, true],
    ['a group’s name is not a user’s', { username: 'oidc:shop' }, true],
  ])('%s', (_, requester, isUnmapped) => {
    put({ lostSince: LOST_SINCE });
    expect(unmapped(requester)).toEqual(isUnmapped ? [state.peers[0]?.name] : []);
  });
});

test('a cluster that lives speaks for itself', () => {
  put({});
  expect(unmapped({ username: 'bob' })).toEqual([]);
});

test('a lost cluster without a group here is not told of, nor this cluster itself', () => {
  put({ lostSince: LOST_SINCE });
  expect(unmapped({ username: 'bob' }, [])).toEqual([]);
  expect(unmapped({ username: 'bob' }, [groupOf(here, 'wiki')])).toEqual([]);
});
