import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { recoveryHash } from '../../api/digest.ts';
import type { ApplicationGroup } from '../../api/kinds/application-group.ts';
import type { Stored } from '../../api/kinds/object-meta.ts';
import { CORE } from '../../api/kubernetes/core-types.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { ANNOTATIONS, GROUP_VERSION } from '../../api/names.ts';
import { NOW, uidOf } from '../../test/fakes/fake-authority.ts';
import { peerView } from '../../test/fakes/fake-cluster-state.ts';
import { FakeObjectServer } from '../../test/fakes/fake-object-server.ts';
import { putHeldNamespace } from '../../test/fakes/held-namespace.ts';
import { RECOVERY_NAME } from '../../test/fakes/recovery-objects.ts';
import { type Origin, RecoveryScenario } from '../../test/fakes/recovery-scenario.ts';
import { recoveryTools, storedRecovery } from '../../test/fakes/recovery-tools.ts';
import { registeredAs } from '../controllers/registered-as.ts';
import { adoptGroup } from './adopt-group.ts';

/** A recovery of `shop/shop` by alice that Velero has completed. */

let server: FakeObjectServer;
let scenario: RecoveryScenario;
let targets: { source: string; name: string; reserved: boolean; uid?: string }[];

const use = async (origin: Origin): Promise<void> => {
  scenario = await RecoveryScenario.create(origin);
  for (const name of ['shop', 'shop-db']) hold(name, scenario.groupId);
};

beforeEach(async () => {
  server = await FakeObjectServer.start();
  targets = ['shop', 'shop-db'].map(name => ({ source: name, name, reserved: true }));
  await use('lost');
});

afterEach(() => server.stop());

const hold = (name: string, groupID: string): void => putHeldNamespace(server, name, groupID);

const adopt = async () => {
  const { accessToken } = await scenario.register();
  const recovery = storedRecovery({ status: { targets } });
  return adoptGroup({
    recovery: { ...recovery, spec: { ...recovery.spec, accessToken } },
    hash: recoveryHash(RECOVERY_NAME),
    tools: recoveryTools(scenario.here, { client: server.client, state: scenario.state }),
  });
};

const adopted = (): Stored<ApplicationGroup>[] => server.list(OWN.applicationGroups);

describe('a group is registered where it was recovered', () => {
  test('with its ID, owners as they are meant here, and the way back to where it came from', async () => {
    scenario.setOwners(
      { kind: 'User', name: 'alice' },
      { kind: 'User', name: 'kubernetes-admin' },
      { kind: 'Group', name: 'team' },
      { kind: 'ServiceAccount', name: 'alice', namespace: 'shop' },
    );
    await adopt();
    const [group] = adopted();
    expect(group).toMatchObject({
      metadata: { namespace: 'shop', name: 'shop' },
      spec: {
        namespaces: ['shop', 'shop-db'],
        owners: [{ kind: 'User', name: 'alice' }],
        destinations: [{ clusterID: scenario.here.id }, { clusterID: scenario.source.id }],
      },
    });
    expect(JSON.parse(group?.metadata.annotations?.[ANNOTATIONS.requester] ?? '')).toEqual({ username: 'alice' });
    expect(group && registeredAs(group)).toEqual({ groupID: scenario.groupId, activeSince: NOW.toISOString() });
  });

  test('once, however often it is tried', async () => {
    await adopt();
    const [first] = adopted();
    await adopt();
    expect(adopted()).toEqual([first]);
  });

  test('beside the active copy, where its own cluster lives and vouches: a drill takes nothing over', async () => {
    await use('peer');
    await adopt();
    const [group] = adopted();
    expect(group && registeredAs(group)).toEqual({ groupID: scenario.groupId });
  });

  test('as the active copy, where its own cluster lives and saw it gone', async () => {
    await use('gone from peer');
    await adopt();
    const [group] = adopted();
    expect(group && registeredAs(group)).toEqual({ groupID: scenario.groupId, activeSince: NOW.toISOString() });
  });

  test('with the destinations that its owners named, of which where it came from is one but once', async () => {
    const destinations = [{ cloud: 'aws', region: 'eu-west-1' }, { clusterID: scenario.source.id }];
    scenario.grant.destinations = destinations;
    await adopt();
    expect(adopted()[0]?.spec.destinations).toEqual(destinations);
  });

  test('in its home, wherever that stands among its namespaces', async () => {
    scenario.grant.group.namespace = 'shop-db';
    await adopt();
    expect(adopted()).toMatchObject([{ metadata: { namespace: 'shop-db', name: 'shop' } }]);
  });

  test('again at home, where it was gone', async () => {
    await use('gone');
    await adopt();
    expect(adopted()).toMatchObject([{ spec: { owners: [{ kind: 'User', name: 'alice' }] } }]);
    expect(adopted()[0]?.spec).not.toHaveProperty('destinations');
  });

  test('in its first namespace, if its home is none of its own: that name is somebody else’s here', async () => {
    scenario.grant.group.namespace = 'teams';
    await adopt();
    expect(adopted()).toMatchObject([{ metadata: { namespace: 'shop', name: 'shop' } }]);
  });
});

describe('where the catalogue was installed anew, and claims are gone', () => {
  const free = (name: string): void => {
    server.remove(OWN.namespaceClaims, { name: uidOf(`namespace ${name}`) });
  };
  const claims = () => server.list(OWN.namespaceClaims).map(({ spec }) => [spec.namespace, spec.groupID]);

  beforeEach(async () => {
    await use('gone');
    targets = targets.map(({ source, name }) => ({ source, name, reserved: false, uid: uidOf(`namespace ${name}`) }));
    for (const name of ['shop', 'shop-db']) {
      free(name);
      scenario.state.admins.add(`alice/${name}`);
    }
  });

  test('the namespaces that lived on are claimed, and the group is registered', async () => {
    await adopt();
    expect(claims()).toEqual(['shop', 'shop-db'].map(name => [name, scenario.groupId]));
    expect(adopted()).toHaveLength(1);
  });

  test('not those of which the requester is no admin any more', async () => {
    scenario.state.admins.delete('alice/shop-db');
    await adopt();
    expect([...claims(), ...adopted()]).toEqual([]);
  });

  test('not one that the recovery did not go into', async () => {
    targets = targets.filter(({ name }) => name === 'shop');
    await adopt();
    expect([...claims(), ...adopted()]).toEqual([]);
  });

  test('not one that was made anew meanwhile', async () => {
    targets = targets.map(target => ({ ...target, uid: uidOf(`an earlier ${target.name}`) }));
    await adopt();
    expect([...claims(), ...adopted()]).toEqual([]);
  });
});

describe('nothing is registered', () => {
  test('of a living group at home, which is registered', async () => {
    await use('home');
    await adopt();
    expect(adopted()).toEqual([]);
  });

  test('under other names', async () => {
    targets = [
      { source: 'shop', name: 'shop-copy', reserved: true },
      { source: 'shop-db', name: 'shop-db', reserved: true },
    ];
    await adopt();
    expect(adopted()).toEqual([]);
  });

  test('as long as a namespace of it is missing, or another group’s', async () => {
    hold('shop-db', `${scenario.here.id}/${uidOf('group other')}`);
    await adopt();
    server.remove(CORE.namespaces, { name: 'shop-db' });
    await adopt();
    expect(adopted()).toEqual([]);
  });

  test('without an owner who is somebody here', async () => {
    scenario.setOwners({ kind: 'User', name: 'carol' });
    await adopt();
    expect(adopted()).toEqual([]);
  });

  test('over another group of that name', async () => {
    const other = `${scenario.here.id}/${uidOf('group other')}`;
    const group = server.put(OWN.applicationGroups, {
      apiVersion: GROUP_VERSION,
      kind: 'ApplicationGroup',
      metadata: { namespace: 'shop', name: 'shop' },
      spec: { namespaces: ['elsewhere'], owners: [{ kind: 'User', name: 'bob' }] },
      status: { groupID: other },
    });
    expect(await adopt()).toBeUndefined();
    expect(adopted()).toEqual([group]);
  });
});

test('a group that comes home takes the owners of the active copy: who left there has left', async () => {
  await use('home');
  // Its grant is now of a cluster that took it over.
  const other = await RecoveryScenario.create('peer');
  scenario.grant.cluster = { ...other.here.cluster };
  scenario.grant.activeSince = '2026-03-02T10:00:00Z';
  scenario.state.peers = [peerView(other.here, { trustedUsers: ['alice'], speaksFor: [scenario.here.id] })];
  scenario.state.groups = scenario.state.groups.map(group => ({
    ...group,
    owners: [{ kind: 'User', name: 'mallory' }],
  }));
  server.put(OWN.applicationGroups, {
    apiVersion: GROUP_VERSION,
    kind: 'ApplicationGroup',
    metadata: { namespace: 'shop', name: 'shop' },
    spec: { namespaces: ['shop'], owners: [{ kind: 'User', name: 'mallory' }] },
    status: { groupID: scenario.groupId },
  });
  await adopt();
  const [group] = adopted();
  expect(group?.spec.owners).toEqual([{ kind: 'User', name: 'alice' }]);
  expect(group && registeredAs(group)).toEqual({ groupID: scenario.groupId, activeSince: NOW.toISOString() });
});
