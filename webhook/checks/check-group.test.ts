import { describe, expect, test } from 'vitest';
import { uidOf } from '../../test/fakes/fake-authority.ts';
import { peerView } from '../../test/fakes/fake-cluster-state.ts';
import { RecoveryScenario } from '../../test/fakes/recovery-scenario.ts';
import { testAllowances, testRefusals } from '../../test/fakes/refusals.ts';
import { BECAUSE } from '../../test/fakes/sample-claims.ts';

/** Takes back that the source is lost. */
const findSource = ({ state, source }: RecoveryScenario): void => {
  state.peers = [peerView(source, { trustedUsers: ['alice'] })];
};

testRefusals('group', [
  {
    why: 'a group that was deleted since the grant',
    code: 'GroupGone',
    flaw: ({ state }) => {
      state.groups = [];
    },
  },
  {
    why: 'a group that was deleted and made anew under its name',
    code: 'GroupGone',
    flaw: ({ state, here }) => {
      state.groups = state.groups.map(group => ({ ...group, id: `${here.id}/${uidOf('group shop, the second')}` }));
    },
  },
  {
    why: 'a group that was gone and lives again since the grant',
    code: 'GroupStillExists',
    origin: 'gone',
    flaw: scenario => scenario.liveAtHome(),
  },
  {
    why: 'a group that lives again under another name: the ID counts',
    code: 'GroupStillExists',
    origin: 'gone',
    flaw: scenario => {
      scenario.liveAtHome();
      scenario.state.groups = scenario.state.groups.map(group => ({ ...group, namespace: 'web', name: 'web' }));
    },
  },
  {
    why: 'a group of a lost cluster that was adopted here since the grant',
    code: 'GroupStillExists',
    origin: 'lost',
    flaw: scenario => scenario.liveAtHome(),
  },
  {
    why: 'a loss that was taken back since the grant',
    code: 'SourceNotLost',
    origin: 'lost',
    flaw: findSource,
  },
  {
    why: 'the loss of another peer than the source',
    code: 'SourceNotLost',
    origin: 'lost',
    flaw: scenario => {
      findSource(scenario);
      const other = {
        ...peerView(scenario.source),
        clusterId: uidOf('cluster other'),
        lostSince: '2026-01-01T00:00:00Z',
      };
      scenario.state.peers.push(other);
    },
  },
  {
    why: 'that this cluster itself is lost, by its own word',
    code: 'SourceNotLost',
    origin: 'gone',
    flaw: scenario => {
      const stamp = { jti: 'stamp-1', startTime: '2026-03-02T03:00:00Z' };
      scenario.sourcePart = { stamp, ...BECAUSE.lost };
    },
  },
]);

/** The group also lives here, since it was recovered into this cluster. */
const liveHere = (scenario: RecoveryScenario, activeSince?: string): void => {
  scenario.liveAtHome();
  if (activeSince === undefined) return;
  scenario.state.groups = scenario.state.groups.map(group => ({ ...group, activeSince }));
};

const EARLIER = '2026-03-02T08:00:00Z';
const LATER = '2026-03-02T10:00:00Z';

testRefusals('group', [
  {
    why: 'the word of a home that came back, where the active copy is here (T60)',
    code: 'GroupActiveElsewhere',
    origin: 'peer',
    flaw: scenario => liveHere(scenario, LATER),
  },
  {
    why: 'the word of a copy that was active earlier',
    code: 'GroupActiveElsewhere',
    origin: 'peer',
    given: scenario => {
      scenario.grant.activeSince = EARLIER;
    },
    flaw: scenario => liveHere(scenario, LATER),
  },
  {
    why: 'the word of another copy, where one lives here: neither is the active one',
    code: 'GroupActiveElsewhere',
    origin: 'peer',
    given: scenario => {
      const home = uidOf('cluster home');
      const id = `${home}/${uidOf('group shop')}`;
      scenario.grant.group.id = id;
      scenario.grant.lineage = [home, scenario.source.id];
      scenario.stamp.groups = scenario.stamp.groups.map(group => ({ ...group, id }));
      scenario.state.peers = scenario.state.peers.map(peer => ({ ...peer, speaksFor: [home] }));
    },
    flaw: scenario => liveHere(scenario),
  },
  {
    why: 'its own word, where another cluster holds the active copy',
    code: 'GroupActiveElsewhere',
    flaw: ({ state }) => {
      state.groups = state.groups.map(group => ({ ...group, activeElsewhere: 'it is active in cluster "dr"' }));
    },
  },
]);

testAllowances('group', [
  {
    why: 'the word of the home, where a copy beside it lives here',
    origin: 'peer',
    given: scenario => liveHere(scenario),
  },
  {
    why: 'the word of the copy that is active later',
    origin: 'peer',
    given: scenario => {
      scenario.grant.activeSince = LATER;
      liveHere(scenario, EARLIER);
    },
  },
  { why: 'a group that lives here', given: () => undefined },
  {
    why: 'a group of a peer, which is known by the grant alone',
    origin: 'peer',
    given: ({ state }) => {
      state.groups = [];
    },
  },
  { why: 'a group that is gone from here', origin: 'gone', given: () => undefined },
  { why: 'a group that is gone from a peer', origin: 'gone from peer', given: () => undefined },
  { why: 'a group of a cluster that is lost', origin: 'lost', given: () => undefined },
  {
    why: 'a group that is gone, where another one has its name',
    origin: 'gone',
    given: scenario => {
      scenario.liveAtHome();
      const id = `${scenario.here.id}/${uidOf('group shop, the second')}`;
      scenario.state.groups = scenario.state.groups.map(group => ({ ...group, id }));
    },
  },
  {
    why: 'a group that a peer saw gone before it was lost itself',
    origin: 'gone from peer',
    given: ({ state }) => {
      state.peers = state.peers.map(peer => ({ ...peer, lostSince: '2026-03-02T12:00:00Z' }));
    },
  },
  {
    why: 'a living peer’s grant, though the peer is declared lost: who can still speak is believed',
    origin: 'peer',
    given: ({ state }) => {
      state.peers = state.peers.map(peer => ({ ...peer, lostSince: '2026-03-02T12:00:00Z' }));
    },
  },
  {
    why: 'a loss that was taken back and declared anew',
    origin: 'lost',
    given: ({ state }) => {
      state.peers = state.peers.map(peer => ({ ...peer, lostSince: '2026-03-02T12:00:00Z' }));
    },
  },
]);

describe('of a group that lives again', () => {
  test('the owners of today count, and who owned it by its newest stamp is told both', async () => {
    const scenario = await RecoveryScenario.create('gone');
    scenario.liveAtHome();
    scenario.state.groups = scenario.state.groups.map(group => ({ ...group, owners: [{ kind: 'User', name: 'bob' }] }));
    expect(await scenario.verdict()).toEqual(['requester: NotOwner', 'group: GroupStillExists']);
  });

  test('and whose source is lost no more, both are told', async () => {
    const scenario = await RecoveryScenario.create('lost');
    scenario.liveAtHome();
    findSource(scenario);
    expect(await scenario.verdict()).toEqual(['group: GroupStillExists', 'group: SourceNotLost']);
  });
});

test('of a peer that was forgotten since the grant nothing is recovered', async () => {
  const scenario = await RecoveryScenario.create('lost');
  scenario.state.peers = [];
  expect(await scenario.verdict()).toEqual(expect.arrayContaining(['requester: NotOwner', 'group: SourceNotLost']));
});

test('where nobody can tell which groups live, nobody says that one is gone', async () => {
  const scenario = await RecoveryScenario.create('gone');
  scenario.state.unavailable.add('group');
  await expect(scenario.verdict()).rejects.toMatchObject({ code: 'StateUnavailable' });
});
