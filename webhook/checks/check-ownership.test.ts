import { expect, test } from 'vitest';
import { selectionDigest } from '../../api/velero/selection-digest.ts';
import { FakeCluster, newSigningKey, secondsFromNow, uidOf } from '../../test/fakes/fake-authority.ts';
import { peerView } from '../../test/fakes/fake-cluster-state.ts';
import { encodePart } from '../../test/fakes/forge-token.ts';
import { RecoveryScenario } from '../../test/fakes/recovery-scenario.ts';
import { testAllowances, testRefusals } from '../../test/fakes/refusals.ts';

const stampKeysIn = ({ source }: RecoveryScenario, state: 'Retired' | 'Revoked') =>
  source.publicKeys().map(key => (key.use === 'Stamp' ? { ...key, state } : key));

/** Another peer that is trusted here, signs the stamp and is named as the point's source. */
const stampedByPeer = async (scenario: RecoveryScenario): Promise<FakeCluster> => {
  const other = await FakeCluster.create('other');
  scenario.state.peers.push(peerView(other));
  scenario.stamp = { ...scenario.stamp, iss: other.urn, cluster: { id: other.id } };
  scenario.stampSigner = other.stampKey;
  scenario.access.point = { ...scenario.access.point, source: other.id };
  return other;
};

testRefusals('ownership', [
  {
    why: 'a backup without stamp',
    code: 'PointNotStamped',
    flaw: scenario => {
      scenario.stampSigner = undefined;
    },
  },
  ...[
    ['text', 'stamp'],
    ['nothing', ''],
    ['an unsigned stamp', `${encodePart({ alg: 'none', typ: 'backup-stamp+jwt' })}.${encodePart({})}.`],
    ['what is longer than a stamp can be', 'A'.repeat(200_000)],
  ].map(([what, text]) => ({
    why: `${what} in the stamp’s place`,
    code: 'StampInvalid' as const,
    flaw: (scenario: RecoveryScenario) => {
      scenario.stampText = text;
    },
  })),
  {
    why: 'a stamp by an unknown key',
    code: 'StampInvalid',
    flaw: async scenario => {
      scenario.stampSigner = await newSigningKey();
    },
  },
  {
    why: 'a stamp by the grant key of its cluster',
    code: 'StampInvalid',
    flaw: scenario => {
      scenario.stampSigner = scenario.source.grantKey;
    },
  },
  {
    why: 'a stamp by the holder of the grant',
    code: 'StampInvalid',
    flaw: scenario => {
      scenario.stampSigner = scenario.holder.key;
    },
  },
  {
    why: 'a stamp by a revoked key',
    code: 'StampInvalid',
    flaw: scenario => {
      scenario.state.ownKeys = stampKeysIn(scenario, 'Revoked');
    },
  },
  {
    why: 'a stamp by a revoked key of a peer',
    code: 'StampInvalid',
    origin: 'peer',
    flaw: scenario => {
      const keys = stampKeysIn(scenario, 'Revoked');
      scenario.state.peers = [peerView(scenario.source, { keys, trustedUsers: ['alice'] })];
    },
  },
  {
    why: 'a stamp from the future',
    code: 'StampInvalid',
    flaw: ({ stamp }) => {
      stamp.iat = secondsFromNow(31);
    },
  },
  {
    why: 'the stamp of another backup',
    code: 'StampInvalid',
    flaw: ({ stamp }) => {
      stamp.backup.name = 'nightly-0';
    },
  },
  {
    why: 'the stamp of another run of this backup',
    code: 'StampInvalid',
    flaw: ({ stamp }) => {
      stamp.backup.startTime = '2026-03-02T03:00:01Z';
    },
  },
  {
    why: 'a stamp on a backup without start time',
    code: 'StampInvalid',
    flaw: scenario => {
      const { startTimestamp, ...status } = scenario.backup.status;
      scenario.backup = { ...scenario.backup, status };
    },
  },
  {
    why: 'a stamp on a backup that selects something else now',
    code: 'StampInvalid',
    flaw: scenario => {
      scenario.backup = { ...scenario.backup, selection: { includedNamespaces: ['*'], excludedNamespaces: ['x'] } };
    },
  },
  {
    why: 'a stamp that names another cluster than its signer’s',
    code: 'StampInvalid',
    origin: 'peer',
    flaw: ({ stamp, here }) => {
      stamp.cluster = { ...here.cluster };
    },
  },
  {
    why: 'the stamp of a trusted cluster that does not speak for the group',
    code: 'StampInvalid',
    flaw: async scenario => {
      await stampedByPeer(scenario);
    },
  },
  {
    why: 'the stamp of the home, made after another cluster had become the active one',
    code: 'StampInvalid',
    origin: 'peer',
    given: async scenario => {
      const home = await FakeCluster.create('home');
      const id = `${home.id}/${uidOf('group shop')}`;
      const { grant, stamp, state, access } = scenario;
      grant.group.id = id;
      grant.lineage = [home.id, scenario.source.id];
      grant.activeSince = '2026-03-02T10:00:00Z';
      scenario.stamp = {
        ...stamp,
        ...{ iss: home.urn, cluster: home.cluster, groups: stamp.groups.map(group => ({ ...group, id })) },
      };
      scenario.stampSigner = home.stampKey;
      access.point.source = home.id;
      state.peers = [...state.peers.map(peer => ({ ...peer, speaksFor: [home.id] })), peerView(home, { name: 'home' })];
    },
    flaw: ({ grant }) => {
      grant.activeSince = '2026-03-02T01:00:00Z';
    },
  },
  {
    why: 'a backup that holds other groups only',
    code: 'PointNotOwned',
    flaw: ({ stamp, here }) => {
      stamp.groups = stamp.groups.map(group => ({ ...group, id: `${here.id}/${uidOf('group billing')}` }));
    },
  },
  {
    why: 'a group of the same name under another ID',
    code: 'PointNotOwned',
    origin: 'peer',
    flaw: ({ stamp, here }) => {
      stamp.groups = stamp.groups.map(group => ({ ...group, id: `${here.id}/${uidOf('group shop')}` }));
    },
  },
  {
    why: 'only namespaces that are not the group’s any more',
    code: 'PointNotOwned',
    flaw: ({ grant }) => {
      grant.namespaces = [['shop-2', uidOf('namespace shop-2')]];
    },
  },
  {
    why: 'a group without namespaces',
    code: 'PointNotOwned',
    flaw: ({ grant }) => {
      grant.namespaces = [];
    },
  },
]);

testAllowances('ownership', [
  {
    why: 'the stamp of a retired key',
    given: scenario => {
      scenario.state.ownKeys = stampKeysIn(scenario, 'Retired');
    },
  },
  {
    why: 'a start time that is written otherwise',
    given: ({ stamp }) => {
      stamp.backup.startTime = '2026-03-02T04:00:00.000+01:00';
    },
  },
  {
    why: 'what a sync changes: UID, location, empty lists that come as null',
    given: scenario => {
      scenario.stamp.backup.selection = selectionDigest({ includedNamespaces: ['shop'], excludedResources: [] });
      scenario.backup = {
        ...scenario.backup,
        uid: 'b9',
        selection: { includedNamespaces: ['shop'], excludedResources: null },
      };
    },
  },
  {
    why: 'the group among many in the stamp',
    given: ({ stamp, here }) => {
      const [shop] = stamp.groups;
      if (!shop) throw new TypeError('the stamp has no group');
      const billing = { ...shop, id: `${here.id}/${uidOf('group billing')}`, name: 'billing' };
      stamp.groups = [billing, shop, { ...billing, namespace: 'shop', name: 'shop' }];
    },
  },
]);

test('only what both stamp and grant say is the group’s is recovered', async () => {
  const scenario = await RecoveryScenario.create();
  scenario.grant.namespaces = [
    ['shop', uidOf('namespace shop')],
    ['shop-new', uidOf('namespace shop-new')],
  ];
  const plan = await scenario.plan();
  expect(plan.restoreSpec.includedNamespaces).toEqual(['shop']);
  expect(plan.targets.map(({ name }) => name)).toEqual(['shop']);
});

test('the stamp of a peer for this cluster’s group, in its own name, does not help it', async () => {
  const scenario = await RecoveryScenario.create();
  const other = await stampedByPeer(scenario);
  // The peer writes the bucket: name, start time, selection and group ID are all as it likes.
  expect(scenario.stamp.groups[0]?.id).toBe(scenario.groupId);
  expect(await scenario.verdict()).toEqual(['ownership: StampInvalid']);
  // Nor does it help to name the right cluster in the stamp.
  scenario.stamp.cluster = { ...scenario.here.cluster };
  scenario.access.point = { ...scenario.access.point, source: scenario.here.id };
  expect(scenario.stamp.iss).toBe(other.urn);
  expect(await scenario.verdict()).toEqual(['ownership: StampInvalid']);
});

test('a stamp of another cluster than the point is said to be of is for the check of points to tell, and once', async () => {
  const scenario = await RecoveryScenario.create();
  const { source } = scenario.access.point;
  await stampedByPeer(scenario);
  scenario.access.point = { ...scenario.access.point, source };
  expect(await scenario.verdict()).toEqual(['point: PointShadowed']);
});
