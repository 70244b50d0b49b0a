import { beforeEach, describe, expect, test } from 'vitest';
import type { Owner } from '../../api/kinds/group-parts.ts';
import type { Requester } from '../../api/kinds/requester.ts';
import { codeOf } from '../../test/fakes/code-of.ts';
import { FakeCluster, uidOf } from '../../test/fakes/fake-authority.ts';
import { FakeClusterState, peerView } from '../../test/fakes/fake-cluster-state.ts';
import { problemOf } from '../../test/fakes/problem-of.ts';
import { LOST_SINCE, START_TIME } from '../../test/fakes/sample-claims.ts';
import type { GroupView } from '../state/views.ts';
import { findFormerGroups, isOwnedBy, newestOf } from './find-former-group.ts';
import type { FormerGroup } from './former-groups.ts';

const here = await FakeCluster.create('dr');
const prod = await FakeCluster.create('prod');
const alice: Requester = { username: 'alice', groups: ['team-shop'] };

let state: FakeClusterState;

beforeEach(() => {
  state = new FakeClusterState(here);
});

const user = (name: string): Owner => ({ kind: 'User', name });

interface FormerPart {
  readonly name?: string;
  readonly namespace?: string;
  /** Where the group was first registered. */
  readonly home?: FakeCluster;
  readonly signer?: FakeCluster;
  readonly owners?: Owner[];
  readonly startTime?: string;
  readonly activeSince?: string;
}

const formerGroup = ({
  name = 'shop',
  namespace = name,
  home = here,
  signer = home,
  owners = [user('alice')],
  startTime = START_TIME,
  activeSince,
}: FormerPart = {}): FormerGroup => ({
  group: {
    id: `${home.id}/${uidOf(`group ${namespace}/${name}`)}`,
    ...{ namespace, name, namespaces: [], owners },
    ...(activeSince === undefined ? {} : { activeSince }),
  },
  cluster: signer.cluster,
  stamp: { jti: `stamp of ${startTime}`, startTime },
});

const trust = (part: Parameters<typeof peerView>[1] = {}): void => {
  state.peers = [peerView(prod, { trustedUsers: ['alice'], trustedGroups: ['team-*'], ...part })];
};

const find = (former: readonly FormerGroup[], asTyped?: string, requester = alice) =>
  findFormerGroups(former, requester, asTyped, state);

/** What was found, as `namespace/name: why`. */
const told = (...of: Parameters<typeof find>): string[] =>
  find(...of).map(({ group, because }) => `${group.namespace}/${group.name}: ${because.kind}`);

const living = ({ group }: FormerGroup, view: Partial<GroupView> = {}): GroupView => ({
  id: group.id,
  uid: 'g1',
  namespace: group.namespace,
  name: group.name,
  requested: [],
  claimed: [],
  owners: [user('alice')],
  deleting: false,
  ready: true,
  message: '',
  points: 1,
  ...view,
});

describe('a group of this cluster', () => {
  test('that is gone is absent, to who owned it', () => {
    expect(told([formerGroup()], 'shop')).toEqual(['shop/shop: absent']);
    expect(told([formerGroup()], 'shop/shop')).toEqual(['shop/shop: absent']);
    expect(told([formerGroup()])).toEqual(['shop/shop: absent']);
  });

  test.each(['shops', 'Shop', '', 'web/shop', 'shop/', '/shop', '*'])('is not the one that is called "%s"', asTyped => {
    expect(told([formerGroup()], asTyped)).toEqual([]);
  });

  test('is none of anybody else’s', () => {
    expect(told([formerGroup({ owners: [user('bob')] })], 'shop')).toEqual([]);
    expect(told([formerGroup()], 'shop', { username: 'mallory', groups: ['alice'] })).toEqual([]);
  });

  test('that lives is not a former one, whatever it is called now and whoever owns it', () => {
    const former = formerGroup();
    state.groups = [living(former, { namespace: 'web', name: 'web', owners: [user('bob')] })];
    expect(told([former], 'shop')).toEqual([]);
  });

  test('is not the living one of its name', () => {
    const former = formerGroup();
    state.groups = [living(former, { id: `${here.id}/${uidOf('the second')}` })];
    expect(told([former], 'shop')).toEqual(['shop/shop: absent']);
  });

  test('may be a ServiceAccount’s, which is the same one still', () => {
    const owners: Owner[] = [{ kind: 'ServiceAccount', namespace: 'ci', name: 'bot' }];
    expect(told([formerGroup({ owners })], 'shop', { username: 'system:serviceaccount:ci:bot' })).toHaveLength(1);
  });

  test('is several ones where several were called so', () => {
    const former = [formerGroup({ namespace: 'web' }), formerGroup(), formerGroup({ owners: [user('bob')] })];
    expect(told(former.slice(0, 2), 'shop').toSorted()).toEqual(['shop/shop: absent', 'web/shop: absent']);
    expect(told(former.slice(0, 2), 'web/shop')).toEqual(['web/shop: absent']);
  });

  test('comes in one order, whatever order the backups came in', () => {
    const former = [formerGroup({ namespace: 'web' }), formerGroup({ namespace: 'blog' }), formerGroup()];
    expect(told(former)).toEqual(told(former.toReversed()));
  });
});

describe('a group of a peer', () => {
  const former = formerGroup({ home: prod });

  test('that is lost is lost since then', () => {
    trust({ lostSince: LOST_SINCE });
    expect(find([former], 'shop')).toEqual([{ ...former, because: { kind: 'lost', since: LOST_SINCE } }]);
  });

  test('that lives is told to its owner alone', async () => {
    trust();
    expect(await problemOf(() => find([former], 'shop'))).toMatchObject({
      code: 'SourceNotLost',
      message: 'group "shop/shop" is one of cluster "prod", which is not declared lost here',
    });
    expect(told([former], 'shop', { username: 'mallory' })).toEqual([]);
    expect(told([former], 'billing')).toEqual([]);
  });

  test('that lives is told by its name to who names none', async () => {
    trust();
    expect((await problemOf(() => find([former]))).message).toContain('"shop/shop"');
  });

  test.each<[string, Parameters<typeof peerView>[1]]>([
    ['that nobody mapped', { trustedUsers: [], trustedGroups: [] }],
    ['that is mapped as a group only', { trustedUsers: [], trustedGroups: ['alice'] }],
  ])('is not the user’s %s, lost or not', (_, part) => {
    trust(part);
    expect(told([former], 'shop')).toEqual([]);
    trust({ ...part, lostSince: LOST_SINCE });
    expect(told([former], 'shop')).toEqual([]);
  });

  test('is a mapped group’s', () => {
    trust({ lostSince: LOST_SINCE });
    expect(told([formerGroup({ home: prod, owners: [{ kind: 'Group', name: 'team-shop' }] })], 'shop')).toHaveLength(1);
  });

  test('is never a ServiceAccount’s: one of that name here is another', () => {
    const owners: Owner[] = [{ kind: 'ServiceAccount', namespace: 'ci', name: 'bot' }];
    const bot = { username: 'system:serviceaccount:ci:bot', groups: ['system:serviceaccounts'] };
    trust({ trustedUsers: ['*'], trustedGroups: ['*'], lostSince: LOST_SINCE });
    expect(told([formerGroup({ home: prod, owners })], 'shop', bot)).toEqual([]);
    expect(told([formerGroup({ home: prod, owners: [user(bot.username)] })], 'shop', bot)).toEqual([]);
  });

  test('that is no peer any more is nobody’s', () => {
    state.peers = [];
    expect(told([former], 'shop')).toEqual([]);
  });

  test('that was adopted here is not a former one', () => {
    trust({ lostSince: LOST_SINCE });
    state.groups = [living(former)];
    expect(told([former], 'shop')).toEqual([]);
  });
});

describe('groups of one name in several clusters', () => {
  test('one that is gone from here stands beside one of a living peer', () => {
    trust();
    expect(told([formerGroup({ home: prod }), formerGroup()], 'shop')).toEqual(['shop/shop: absent']);
  });

  test('are both told where both are gone', () => {
    trust({ lostSince: LOST_SINCE });
    const both = told([formerGroup({ home: prod }), formerGroup()], 'shop');
    expect(both.toSorted()).toEqual(['shop/shop: absent', 'shop/shop: lost']);
  });

  test('are only those of the requester', () => {
    trust({ lostSince: LOST_SINCE });
    const ofBob = formerGroup({ home: prod, owners: [user('bob')] });
    expect(told([ofBob, formerGroup()], 'shop')).toEqual(['shop/shop: absent']);
  });
});

describe('what a cluster says of another one’s group', () => {
  const mallory: Requester = { username: 'mallory' };
  const claimed = formerGroup({ signer: prod, owners: [user('mallory')], startTime: '2026-03-02T11:00:00Z' });

  test('makes nobody its owner', () => {
    trust({ trustedUsers: ['*'], lostSince: LOST_SINCE });
    expect(told([claimed, formerGroup()], 'shop', mallory)).toEqual([]);
    expect(told([claimed], 'shop', mallory)).toEqual([]);
  });

  test('hides nothing of what its own cluster said before', () => {
    trust({ trustedUsers: ['*'] });
    for (const former of [
      [claimed, formerGroup()],
      [formerGroup(), claimed],
    ]) {
      expect(told(former, 'shop')).toEqual(['shop/shop: absent']);
    }
  });

  test('counts if it is this cluster: who owned it before it was adopted here owns it no more', () => {
    trust({ trustedUsers: ['*'], lostSince: LOST_SINCE });
    const before = formerGroup({ home: prod, owners: [user('mallory')] });
    const adopted = formerGroup({ home: prod, signer: here, startTime: '2026-03-02T11:00:00Z' });
    for (const former of [
      [before, adopted],
      [adopted, before],
    ]) {
      expect(told(former, 'shop', mallory)).toEqual([]);
      expect(told(former, 'shop')).toEqual(['shop/shop: absent']);
    }
  });
});

test.each(['self', 'group', 'peer'] as const)('where "%s" is out of sight nothing is told', async question => {
  trust({ lostSince: LOST_SINCE });
  state.unavailable.add(question);
  expect(await codeOf(() => find([formerGroup({ home: prod })], 'shop'))).toBe('StateUnavailable');
});

describe('of two copies, in whatever order they are found', () => {
  const BEFORE = '2026-03-01T03:00:00Z';
  const bob: Requester = { username: 'bob' };

  beforeEach(() => trust({ trustedUsers: ['*'], speaksFor: [here.id] }));

  test.each<[string, FormerPart, FormerPart]>([
    [
      'the one that became the active one knows, however old its backup',
      { signer: prod, activeSince: BEFORE, startTime: BEFORE },
      { startTime: START_TIME },
    ],
    [
      'the one that became so later knows',
      { activeSince: START_TIME, startTime: BEFORE },
      { signer: prod, activeSince: BEFORE, startTime: START_TIME },
    ],
    [
      'that became so at once, the one that was backed up later knows',
      { startTime: START_TIME },
      { startTime: BEFORE },
    ],
  ])('%s', (_, counts, other) => {
    const pair = [
      formerGroup({ ...counts, owners: [user('alice')] }),
      formerGroup({ ...other, owners: [user('bob')] }),
    ];
    for (const former of [pair, pair.toReversed()]) {
      const owners = newestOf(former, state).map(({ group }) => group.owners);
      expect(owners).toEqual([[user('alice')]]);
      expect(newestOf(former, state).some(each => isOwnedBy(each, bob, state))).toBe(false);
    }
  });
});

test('a group of this cluster is its owners’, though this cluster is among its own peers', () => {
  state.peers = [peerView(here)];
  expect(told([formerGroup()])).toEqual(['shop/shop: absent']);
});
