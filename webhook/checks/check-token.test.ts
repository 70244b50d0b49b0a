import { expect, test } from 'vitest';
import { FakeCluster, FakeHolder, secondsFromNow, uidOf } from '../../test/fakes/fake-authority.ts';
import { peerView } from '../../test/fakes/fake-cluster-state.ts';
import { forgeToken } from '../../test/fakes/forge-token.ts';
import { RecoveryScenario } from '../../test/fakes/recovery-scenario.ts';
import { testAllowances, testRefusals } from '../../test/fakes/refusals.ts';
import { BECAUSE } from '../../test/fakes/sample-claims.ts';

/** A peer that is trusted like the source, and is not it. */
const befriend = async ({ state }: RecoveryScenario): Promise<FakeCluster> => {
  const third = await FakeCluster.create('third');
  state.peers.push(peerView(third, { trustedUsers: ['alice'] }));
  return third;
};

/** The grant as its genuine signer would sign it under another type. */
const retype = async (scenario: RecoveryScenario, typ: string): Promise<void> => {
  const { grant, sourcePart, grantSigner } = scenario;
  const header = { alg: 'ES256', typ, kid: grantSigner.kid };
  scenario.grantText = await forgeToken({ header, payload: { ...grant, ...sourcePart }, key: grantSigner });
};

const groupOf = (cluster: FakeCluster) => `${cluster.id}/${uidOf('group shop')}`;

testRefusals('token', [
  {
    why: 'an access token from the future',
    code: 'TokenMalformed',
    flaw: ({ access }) => {
      access.iat = secondsFromNow(31);
    },
  },
  {
    why: 'a grant from the future',
    code: 'TokenMalformed',
    flaw: ({ grant }) => {
      grant.iat = secondsFromNow(31);
    },
  },
  {
    why: 'registered after its end',
    code: 'TokenExpired',
    flaw: scenario => {
      scenario.registeredAt = new Date((scenario.access.exp + 30) * 1000);
    },
  },
  {
    why: 'an access token that ended before its grant',
    code: 'TokenExpired',
    flaw: ({ access }) => {
      access.exp = secondsFromNow(-30);
    },
  },
  {
    why: 'the grant of a cluster that is no peer',
    code: 'TokenUntrusted',
    origin: 'peer',
    flaw: ({ state }) => {
      state.peers = [];
    },
  },
  {
    why: 'a grant by a key that the peer does not have any more',
    code: 'TokenUntrusted',
    origin: 'peer',
    flaw: ({ state, source }) => {
      state.peers = [peerView(source, { keys: [], trustedUsers: ['alice'] })];
    },
  },
  {
    why: 'a grant signed by the stamp key',
    code: 'TokenUntrusted',
    flaw: scenario => {
      scenario.grantSigner = scenario.source.stampKey;
    },
  },
  {
    why: 'a grant that the holder has signed',
    code: 'TokenUntrusted',
    flaw: scenario => {
      scenario.grantSigner = scenario.holder.key;
    },
  },
  {
    why: 'an access token of another holder',
    code: 'TokenUntrusted',
    flaw: async scenario => {
      const thief = await FakeHolder.create();
      scenario.accessSigner = thief.key;
      scenario.access.iss = thief.urn;
    },
  },
  {
    why: 'a grant for another user than the access token names',
    code: 'TokenUntrusted',
    flaw: ({ grant }) => {
      grant.sub = 'bob';
    },
  },
  {
    why: 'an access token that outlives its grant',
    code: 'TokenUntrusted',
    flaw: ({ access, grant }) => {
      access.exp = grant.exp + 1;
    },
  },
  {
    why: 'a peer’s grant in the name of this cluster',
    code: 'TokenUntrusted',
    origin: 'peer',
    flaw: ({ grant, here }) => {
      grant.iss = here.urn;
    },
  },
  {
    why: 'a peer’s grant that names this cluster as its source',
    code: 'TokenUntrusted',
    origin: 'peer',
    flaw: ({ grant, here }) => {
      grant.cluster = { ...here.cluster };
    },
  },
  {
    why: 'a peer’s grant for a group of this cluster',
    code: 'TokenUntrusted',
    origin: 'peer',
    flaw: ({ grant, here }) => {
      grant.group.id = groupOf(here);
    },
  },
  {
    why: 'a peer’s grant for a group of this cluster, with this cluster’s stamps',
    code: 'TokenUntrusted',
    origin: 'peer',
    flaw: ({ grant, here }) => {
      grant.group.id = groupOf(here);
      grant.lineage = [here.id];
    },
  },
  {
    why: 'a peer’s grant for a group of another peer',
    code: 'TokenUntrusted',
    origin: 'peer',
    flaw: async ({ grant, state }) => {
      const other = await FakeCluster.create('other');
      state.peers.push(peerView(other, { trustedUsers: ['alice'] }));
      grant.group.id = groupOf(other);
    },
  },
  {
    why: 'a grant by a revoked key of a peer',
    code: 'TokenRevoked',
    origin: 'peer',
    flaw: ({ state, source }) => {
      state.peers = [peerView(source, { keys: source.publicKeys('Revoked'), trustedUsers: ['alice'] })];
    },
  },
  {
    why: 'a grant by a revoked key of this cluster',
    code: 'TokenRevoked',
    flaw: ({ state, source }) => {
      state.ownKeys = source.publicKeys('Revoked');
    },
  },
  {
    why: 'a source cluster token that calls itself an app-group token',
    code: 'TokenMalformed',
    origin: 'gone',
    flaw: scenario => retype(scenario, 'app-group+jwt'),
  },
  {
    why: 'an app-group token that calls itself a source cluster token',
    code: 'TokenMalformed',
    flaw: scenario => retype(scenario, 'source-cluster+jwt'),
  },
  {
    why: 'a source cluster token with two reasons',
    code: 'TokenMalformed',
    origin: 'lost',
    flaw: scenario => {
      if (scenario.sourcePart) scenario.sourcePart = { ...scenario.sourcePart, ...BECAUSE.absent };
    },
  },
  {
    why: 'a source cluster token without a reason',
    code: 'TokenMalformed',
    origin: 'gone',
    flaw: scenario => {
      if (scenario.sourcePart) scenario.sourcePart = { stamp: scenario.sourcePart.stamp };
    },
  },
  {
    why: 'a peer that says itself that it is lost',
    code: 'TokenUntrusted',
    origin: 'lost',
    flaw: scenario => {
      scenario.grant.iss = scenario.source.urn;
      scenario.grantSigner = scenario.source.grantKey;
    },
  },
  {
    why: 'a peer that says in this cluster’s name that it is lost',
    code: 'TokenUntrusted',
    origin: 'lost',
    flaw: scenario => {
      scenario.grantSigner = scenario.source.grantKey;
    },
  },
  {
    why: 'a third cluster that says that the source is lost, as it may be there',
    code: 'TokenUntrusted',
    origin: 'lost',
    flaw: async scenario => {
      const third = await befriend(scenario);
      scenario.grant.iss = third.urn;
      scenario.grantSigner = third.grantKey;
    },
  },
  {
    why: 'this cluster’s word for the absence of a peer’s group',
    code: 'TokenUntrusted',
    origin: 'gone from peer',
    flaw: scenario => {
      scenario.grant.iss = scenario.here.urn;
      scenario.grantSigner = scenario.here.grantKey;
    },
  },
  {
    why: 'a third cluster’s word for the absence of a peer’s group',
    code: 'TokenUntrusted',
    origin: 'gone from peer',
    flaw: async scenario => {
      const third = await befriend(scenario);
      scenario.grant.iss = third.urn;
      scenario.grantSigner = third.grantKey;
    },
  },
  {
    why: 'a peer’s word for the absence of a group of this cluster',
    code: 'TokenUntrusted',
    origin: 'gone from peer',
    flaw: ({ grant, here }) => {
      grant.group.id = groupOf(here);
    },
  },
  {
    why: 'the loss of one peer for a group of another',
    code: 'TokenUntrusted',
    origin: 'lost',
    flaw: async scenario => {
      scenario.grant.group.id = groupOf(await befriend(scenario));
    },
  },
  {
    why: 'a source cluster token signed by the stamp key',
    code: 'TokenUntrusted',
    origin: 'lost',
    flaw: scenario => {
      scenario.grantSigner = scenario.here.stampKey;
    },
  },
  {
    why: 'a source cluster token of this cluster by its revoked key',
    code: 'TokenRevoked',
    origin: 'lost',
    flaw: ({ state, here }) => {
      state.ownKeys = here.publicKeys('Revoked');
    },
  },
]);

testAllowances('token', [
  { why: 'a registration at home', given: () => undefined },
  { why: 'a registration from a peer', origin: 'peer', given: () => undefined },
  { why: 'a source cluster token at home', origin: 'gone', given: () => undefined },
  { why: 'a source cluster token of a peer', origin: 'gone from peer', given: () => undefined },
  {
    why: 'this cluster’s word for a lost peer, whose grant keys are revoked: they may be in other hands',
    origin: 'lost',
    given: ({ state, source }) => {
      state.peers = state.peers.map(peer => ({
        ...peer,
        keys: source.publicKeys().map(key => (key.use === 'Grant' ? { ...key, state: 'Revoked' } : key)),
      }));
    },
  },
  {
    why: 'keys that are retired, for what they have signed',
    origin: 'peer',
    given: ({ state, source }) => {
      state.peers = [peerView(source, { keys: source.publicKeys('Retired'), trustedUsers: ['alice'] })];
    },
  },
  {
    why: 'tokens that ended since the registration: their life is judged once',
    given: scenario => {
      scenario.now = new Date((scenario.grant.exp + 86_400) * 1000);
    },
  },
]);

test('a fault of ours is no verdict on a token', async () => {
  const scenario = await RecoveryScenario.create();
  scenario.state.grantKey = () => {
    throw new TypeError('a fault of ours');
  };
  await expect(scenario.verdict()).rejects.toThrow('a fault of ours');
});

test('after a failed token nothing else is judged: its claims mean nothing', async () => {
  const scenario = await RecoveryScenario.create();
  scenario.grantSigner = scenario.holder.key;
  const { results } = await scenario.validate();
  expect(results.map(({ check, outcome }) => `${check}: ${outcome}`)).toEqual([
    'token: Failed',
    'requester: NotRun',
    'destination: NotRun',
    'group: NotRun',
    'point: NotRun',
    'ownership: NotRun',
    'scope: NotRun',
    'targets: NotRun',
    'policy: NotRun',
  ]);
});

const DAY_MS = 86_400_000;

/** What an honest plugin, which keeps no key, could not sign later. */
const OTHERS: readonly (readonly [what: string, flaw: (scenario: RecoveryScenario) => void])[] = [
  [
    'another point',
    ({ access }) => {
      access.point = { ...access.point, backup: 'nightly-2' };
    },
  ],
  [
    'a point of another source',
    ({ access, here }) => {
      access.point = { ...access.point, source: here.id };
    },
  ],
  [
    'another cluster',
    ({ access, source }) => {
      access.destination = { cluster: source.id };
    },
  ],
  ['the place of the cluster', scenario => scenario.nameThePlace()],
  [
    'a second access token',
    ({ access }) => {
      access.jti = 'f'.repeat(32);
    },
  ],
  [
    'another choice',
    scenario => {
      scenario.restore = { volumes: 'Skip', existingResources: 'Keep' };
    },
  ],
];

testRefusals('token', [
  {
    why: 'a grant that is no token at all',
    code: 'TokenMalformed',
    flaw: scenario => {
      scenario.grantText = 'AAAA.AAAA.AAAA';
    },
  },
  ...OTHERS.map(([what, flaw]) => ({
    why: `a prepared proof with ${what}`,
    code: 'PreparedForOther' as const,
    origin: 'peer' as const,
    given: (scenario: RecoveryScenario) => scenario.prepare(),
    flaw,
  })),
  {
    why: 'a proof that was prepared for a place, with another one',
    code: 'PreparedForOther',
    origin: 'peer',
    given: scenario => {
      scenario.nameThePlace();
      scenario.prepare();
    },
    flaw: ({ access }) => {
      access.destination = { ...access.destination, region: 'eu-central-1' };
    },
  },
  {
    why: 'a proof that was prepared for a place, with the region of that name in another cloud',
    code: 'PreparedForOther',
    origin: 'peer',
    given: scenario => {
      scenario.nameThePlace();
      scenario.prepare();
    },
    flaw: ({ access }) => {
      access.destination = { ...access.destination, cloud: 'gcp' };
    },
  },
  {
    why: 'a prepared proof after its life',
    code: 'TokenExpired',
    origin: 'peer',
    given: scenario => scenario.prepare(),
    flaw: scenario => {
      scenario.registeredAt = new Date(scenario.registeredAt.getTime() + DAY_MS + 60_000);
    },
  },
  {
    why: 'an access token that outlives its prepared proof',
    code: 'TokenUntrusted',
    origin: 'peer',
    given: scenario => scenario.prepare(),
    flaw: ({ access }) => {
      access.exp += 1;
    },
  },
  {
    why: 'a prepared proof that lives longer than a week, whatever policies say',
    code: 'TokenMalformed',
    origin: 'peer',
    given: scenario => scenario.prepare(7 * 86_400),
    flaw: scenario => scenario.prepare(7 * 86_400 + 1),
  },
  {
    why: 'a proof that lives for days and does not say for what',
    code: 'TokenMalformed',
    origin: 'peer',
    given: scenario => scenario.prepare(),
    flaw: ({ grant }) => {
      delete grant.prepared;
    },
  },
]);
