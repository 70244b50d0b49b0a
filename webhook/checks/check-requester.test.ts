import { peerView } from '../../test/fakes/fake-cluster-state.ts';
import type { RecoveryScenario } from '../../test/fakes/recovery-scenario.ts';
import { testAllowances, testRefusals } from '../../test/fakes/refusals.ts';

const trust = (users: string[], groups: string[] = []) => ({ trustedUsers: users, trustedGroups: groups });

testRefusals('requester', [
  {
    why: 'another user, though an owner too',
    code: 'RequesterMismatch',
    given: scenario => scenario.setOwners({ kind: 'User', name: 'alice' }, { kind: 'User', name: 'bob' }),
    flaw: scenario => {
      scenario.requester = { username: 'bob' };
    },
  },
  {
    why: 'a user whose name differs by case',
    code: 'RequesterMismatch',
    given: scenario => scenario.setOwners({ kind: 'User', name: 'alice' }, { kind: 'Group', name: 'team-shop' }),
    flaw: scenario => {
      scenario.requester = { ...scenario.requester, username: 'Alice' };
    },
  },
  {
    why: 'who owned the group when the grant was given, and does not now',
    code: 'NotOwner',
    flaw: ({ state }) => {
      state.groups = state.groups.map(group => ({ ...group, owners: [{ kind: 'User', name: 'bob' }] }));
    },
  },
  {
    why: 'whom a peer does not name as owner',
    code: 'NotOwner',
    origin: 'peer',
    flaw: ({ grant }) => {
      grant.owners = [{ kind: 'User', name: 'bob' }];
    },
  },
  {
    why: 'whom only the copy that lives here names as owner',
    code: 'NotOwner',
    origin: 'peer',
    given: scenario => scenario.liveAtHome(),
    flaw: ({ grant }) => {
      grant.owners = [{ kind: 'User', name: 'bob' }];
    },
  },
  {
    why: 'whom the newest stamp of a group that is gone does not name',
    code: 'NotOwner',
    origin: 'gone',
    flaw: ({ grant }) => {
      grant.owners = [{ kind: 'User', name: 'bob' }];
    },
  },
  {
    why: 'a ServiceAccount of a lost peer, which is another one here',
    code: 'NotOwner',
    origin: 'lost',
    given: scenario => {
      scenario.logIn('system:serviceaccount:ci:bot', ['team-shop']);
      scenario.setOwners({ kind: 'Group', name: 'team-shop' });
      scenario.state.peers = scenario.state.peers.map(peer => ({ ...peer, ...trust(['*'], ['*']) }));
    },
    flaw: scenario => scenario.setOwners({ kind: 'ServiceAccount', namespace: 'ci', name: 'bot' }),
  },
  {
    why: 'an owner of a lost peer whose name the operator has not said means the same here',
    code: 'NotOwner',
    origin: 'lost',
    flaw: ({ state }) => {
      state.peers = state.peers.map(peer => ({ ...peer, ...trust([]) }));
    },
  },
  {
    why: 'who left the group that owns',
    code: 'NotOwner',
    given: scenario => scenario.setOwners({ kind: 'Group', name: 'team-shop' }),
    flaw: scenario => {
      scenario.requester = { username: 'alice', groups: ['system:authenticated'] };
    },
  },
  {
    why: 'who has no groups at all',
    code: 'NotOwner',
    given: scenario => scenario.setOwners({ kind: 'Group', name: 'team-shop' }),
    flaw: scenario => {
      scenario.requester = { username: 'alice' };
    },
  },
  {
    why: 'a user named like an owning group',
    code: 'NotOwner',
    given: scenario => {
      scenario.logIn('team-shop', ['team-shop']);
      scenario.setOwners({ kind: 'Group', name: 'team-shop' });
    },
    flaw: scenario => {
      scenario.requester = { username: 'team-shop', groups: [] };
    },
  },
  {
    why: 'in a group named like an owning user',
    code: 'NotOwner',
    flaw: scenario => {
      scenario.logIn('mallory', ['alice']);
    },
  },
  {
    why: 'a ServiceAccount of another namespace',
    code: 'NotOwner',
    given: scenario => {
      scenario.logIn('system:serviceaccount:ci:deployer');
      scenario.setOwners({ kind: 'ServiceAccount', namespace: 'ci', name: 'deployer' });
    },
    flaw: scenario => scenario.logIn('system:serviceaccount:dev:deployer'),
  },
  {
    why: 'a ServiceAccount that stands as a User among the owners',
    code: 'NotOwner',
    given: scenario => {
      scenario.logIn('system:serviceaccount:ci:deployer');
      scenario.setOwners({ kind: 'ServiceAccount', namespace: 'ci', name: 'deployer' });
    },
    flaw: scenario => scenario.setOwners({ kind: 'User', name: 'system:serviceaccount:ci:deployer' }),
  },
  ...['system:admin', 'system:kube-controller-manager', 'system:node:n1', 'system:anonymous'].map(name => ({
    why: `user ${name}, whatever the owners say`,
    code: 'NotOwner' as const,
    flaw: (scenario: RecoveryScenario) => {
      scenario.logIn(name, ['system:masters']);
      scenario.setOwners({ kind: 'User', name });
    },
  })),
  ...['system:authenticated', 'system:masters', 'system:serviceaccounts', 'system:unauthenticated'].map(name => ({
    why: `a member of ${name}, whatever the owners say`,
    code: 'NotOwner' as const,
    flaw: (scenario: RecoveryScenario) => {
      scenario.logIn('mallory', [name]);
      scenario.setOwners({ kind: 'Group', name });
    },
  })),
  {
    why: 'a peer’s owner whose name the operator has not said means the same here',
    code: 'NotOwner',
    origin: 'peer',
    flaw: ({ state }) => {
      state.peers = state.peers.map(peer => ({ ...peer, ...trust([]) }));
    },
  },
  {
    why: 'a peer’s owner outside the trusted prefix',
    code: 'NotOwner',
    origin: 'peer',
    given: ({ state }) => {
      state.peers = state.peers.map(peer => ({ ...peer, ...trust(['ali*']) }));
    },
    flaw: ({ state }) => {
      state.peers = state.peers.map(peer => ({ ...peer, ...trust(['alic', 'alices', 'bob*', 'lice', '*ice']) }));
    },
  },
  {
    why: 'a peer’s user, where only groups of that name are trusted',
    code: 'NotOwner',
    origin: 'peer',
    flaw: ({ state }) => {
      state.peers = state.peers.map(peer => ({ ...peer, ...trust([], ['alice']) }));
    },
  },
  {
    why: 'a member of a peer’s group that is not trusted, though the user’s name is',
    code: 'NotOwner',
    origin: 'peer',
    given: scenario => {
      scenario.setOwners({ kind: 'Group', name: 'team-shop' });
      scenario.state.peers = scenario.state.peers.map(peer => ({ ...peer, ...trust([], ['team-*']) }));
    },
    flaw: ({ state }) => {
      state.peers = state.peers.map(peer => ({ ...peer, ...trust(['alice', 'team-shop'], ['team-payments']) }));
    },
  },
  {
    why: 'a ServiceAccount of a peer: it never means the same here',
    code: 'NotOwner',
    origin: 'peer',
    flaw: scenario => {
      scenario.logIn('system:serviceaccount:ci:deployer');
      scenario.setOwners({ kind: 'ServiceAccount', namespace: 'ci', name: 'deployer' });
      scenario.state.peers = scenario.state.peers.map(peer => ({ ...peer, ...trust(['*'], ['*']) }));
    },
  },
  {
    why: 'system:masters of a peer, though all groups are trusted',
    code: 'NotOwner',
    origin: 'peer',
    flaw: scenario => {
      scenario.logIn('mallory', ['system:masters']);
      scenario.setOwners({ kind: 'Group', name: 'system:masters' });
      scenario.state.peers = scenario.state.peers.map(peer => ({ ...peer, ...trust(['*'], ['*']) }));
    },
  },
  {
    why: 'anybody of a cluster that stopped being a peer a moment ago',
    code: 'NotOwner',
    origin: 'peer',
    flaw: ({ state }) => {
      state.peer = () => undefined;
    },
  },
]);

testAllowances('requester', [
  { why: 'an owner by name', given: scenario => scenario.setOwners({ kind: 'User', name: 'alice' }) },
  { why: 'an owner by group', given: scenario => scenario.setOwners({ kind: 'Group', name: 'team-shop' }) },
  {
    why: 'an owner among others',
    given: scenario =>
      scenario.setOwners({ kind: 'User', name: 'bob' }, { kind: 'Group', name: 'x' }, { kind: 'User', name: 'alice' }),
  },
  {
    why: 'a ServiceAccount in its own cluster',
    given: scenario => {
      scenario.logIn('system:serviceaccount:ci:deployer', ['system:serviceaccounts']);
      scenario.setOwners({ kind: 'ServiceAccount', namespace: 'ci', name: 'deployer' });
    },
  },
  {
    why: 'who came to own the group since the grant was given',
    given: ({ grant }) => {
      grant.owners = [{ kind: 'User', name: 'bob' }];
    },
  },
  {
    why: 'an owner, where this cluster is among its own peers, as it is when one folder is applied to all',
    given: ({ state, here }) => {
      state.peers.push(peerView(here));
    },
  },
  {
    why: 'an owner by the word of the home, whoever owns the copy that lives here',
    origin: 'peer',
    given: scenario => {
      scenario.liveAtHome();
      const { state } = scenario;
      state.groups = state.groups.map(group => ({ ...group, owners: [{ kind: 'User', name: 'bob' }] }));
    },
  },
  {
    why: 'a peer’s user within a trusted prefix',
    origin: 'peer',
    given: scenario => {
      scenario.logIn('corp:alice');
      scenario.setOwners({ kind: 'User', name: 'corp:alice' });
      scenario.state.peers = scenario.state.peers.map(peer => ({ ...peer, ...trust(['corp:*']) }));
    },
  },
  {
    why: 'one of two fitting owners that travels',
    origin: 'peer',
    given: scenario => {
      scenario.setOwners({ kind: 'User', name: 'alice' }, { kind: 'Group', name: 'team-shop' });
      scenario.state.peers = scenario.state.peers.map(peer => ({ ...peer, ...trust([], ['team-shop']) }));
    },
  },
]);
