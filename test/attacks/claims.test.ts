import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recoveryHash } from '../../api/digest.ts';
import type { ApplicationGroup, ApplicationGroupSpec } from '../../api/kinds/application-group.ts';
import { findCondition } from '../../api/kinds/condition.ts';
import type { Stored } from '../../api/kinds/object-meta.ts';
import type { Recovery } from '../../api/kinds/recovery.ts';
import { ApiError } from '../../api/kubernetes/api-error.ts';
import { CORE } from '../../api/kubernetes/core-types.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { ANNOTATIONS, CATALOGUE_NAMESPACE, CATALOGUE_SERVICE_ACCOUNT, GROUP_VERSION, LABELS } from '../../api/names.ts';
import { waitUntil } from '../clusters/wait-until.ts';
import {
  clientOf,
  getGrant,
  type HeldGrant,
  recoveryFor,
  WHOLE_GROUP,
  waitForCondition,
} from '../environment/api-user.ts';
import { holdBackRestores, letRestoresPass } from '../environment/held-back.ts';
import { deployPlain } from '../environment/plain-application.ts';
import { quietReporter } from '../environment/quiet-reporter.ts';
import { type RecoveryEnvironment, startRecoveryEnvironment } from '../environment/recovery-environment.ts';
import { adminBinding } from '../environment/sample-application.ts';
import { backUp } from '../environment/team-work.ts';
import { verdictOf } from '../environment/verdict.ts';
import { type Attackers, createAttackers } from './attackers.ts';

/** Whose a namespace is: claimed, handed over, made anew, raced for on two replicas, left behind by a failure. */

const OBJECTS = 'objects.kubectl-recover.io';
const PAIRS = 20;
const ROUNDS = 5;

let environment: RecoveryEnvironment;
let attackers: Attackers;
let alice: KubeClient;
let bob: KubeClient;
let admin: KubeClient;

const group = (home: string, name: string, owner: string, ...namespaces: readonly string[]): ApplicationGroup => ({
  apiVersion: GROUP_VERSION,
  kind: 'ApplicationGroup',
  metadata: { name, namespace: home },
  spec: { namespaces: [...namespaces], owners: [{ kind: 'User', name: owner }] },
});

/** The group once the catalogue has looked at what its spec says now. */
const settled = async (home: string, name: string): Promise<Stored<ApplicationGroup>> => {
  let current: Stored<ApplicationGroup> | undefined;
  await waitUntil(
    `group "${home}/${name}" settled`,
    async () => {
      current = await admin.get(OWN.applicationGroups, { namespace: home, name });
      return current.status?.observedGeneration === current.metadata.generation;
    },
    { timeoutSeconds: 30 },
  );
  if (current === undefined) throw new Error('the group was never read');
  return current;
};

const readiness = ({ status }: Stored<ApplicationGroup>): string => {
  const ready = findCondition(status?.conditions, 'Ready');
  return `${ready?.status} ${ready?.reason}`;
};

/** Registers a group and waits until all its namespaces are held. */
const registerAs = async (client: KubeClient, wanted: ApplicationGroup): Promise<Stored<ApplicationGroup>> => {
  const { namespace = '', name } = wanted.metadata;
  await client.create(OWN.applicationGroups, wanted);
  let current = await settled(namespace, name);
  await waitUntil(
    `group "${namespace}/${name}" ready`,
    async () => {
      current = await settled(namespace, name);
      return readiness(current) === 'True Claimed';
    },
    { timeoutSeconds: 40 },
  );
  return current;
};

const change = (
  client: KubeClient,
  home: string,
  name: string,
  spec: Partial<ApplicationGroupSpec>,
): Promise<unknown> => client.mergePatch(OWN.applicationGroups, { namespace: home, name }, { spec });

const deleteGroup = async (home: string, name: string): Promise<void> => {
  await environment.clusters.prod.kubectl('delete', 'appgroup', name, '-n', home);
};

const claimOf = async (namespace: string) => {
  const claims = await admin.listAll(OWN.namespaceClaims);
  return claims.filter(({ spec }) => spec.namespace === namespace).map(({ spec }) => spec);
};

const makeAdmin = (user: string, ...namespaces: readonly string[]): Promise<void> =>
  environment.clusters.prod.apply(...namespaces.map(namespace => adminBinding(namespace, user)));

const noLongerAdmin = async (client: KubeClient, user: string, namespace: string): Promise<void> => {
  await environment.clusters.prod.kubectl('delete', 'rolebinding', `admin-${user}`, '-n', namespace);
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  await waitUntil('the right to be gone', async () => (await verdictOf(client.read(path))) === 'RBAC', {
    timeoutSeconds: 60,
  });
};

const register = async (held: HeldGrant, backup: string, mapping?: Record<string, string>): Promise<Recovery> =>
  recoveryFor({
    held,
    backup,
    destination: environment.clusters.prod.clusterId,
    restore: mapping === undefined ? WHOLE_GROUP : { ...WHOLE_GROUP, namespaceMapping: mapping },
  });

/** Registers it and follows it to its end: `Recovered`, the code of its failure, or the codes of the refusal. */
const outcomeOf = async (client: KubeClient, recovery: Recovery): Promise<string> => {
  let registered: Stored<Recovery>;
  try {
    registered = await client.create(OWN.recoveries, recovery);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return error.causes.map(({ reason }) => reason).join();
  }
  const ended = await waitForCondition(client, registered, 'succeeded');
  return findCondition(ended.status?.conditions, 'Succeeded')?.reason ?? '';
};

const settingsIn = async (namespace: string): Promise<string> =>
  environment.clusters.prod.kubectl('get', 'configmap', 'settings', '-n', namespace, '-o', 'jsonpath={.data.of}');

beforeAll(async () => {
  environment = await startRecoveryEnvironment({ report: quietReporter, catalogue: { replicas: 2 } });
  attackers = await createAttackers(environment);
  alice = attackers.alice;
  bob = clientOf((await environment.user('bob')).kubeconfigs.prod);
  admin = clientOf(environment.operator.kubeconfigs.prod);
});

afterAll(async () => {
  await Promise.all([attackers?.close(), bob?.close(), admin?.close()]);
  await environment?.stop();
});

describe('a namespace that is handed from one group to another', () => {
  let early: HeldGrant;

  beforeAll(async () => {
    const { prod } = environment.clusters;
    await deployPlain(prod, 'alice', 'giver', 'handed', 'orphan');
    await deployPlain(prod, 'bob', 'taker');
    await registerAs(alice, group('giver', 'giver', 'alice', 'giver', 'handed', 'orphan'));
    await backUp(prod, 'before-handing');
    early = await getGrant(alice, 'giver/giver');
    await change(alice, 'giver', 'giver', { namespaces: ['giver'] });
    await waitUntil('the namespace to be free', async () => (await claimOf('handed')).length === 0, {
      timeoutSeconds: 60,
    });
    await noLongerAdmin(alice, 'alice', 'handed');
    await noLongerAdmin(alice, 'alice', 'orphan');
    await makeAdmin('bob', 'handed');
    await registerAs(bob, group('taker', 'taker', 'bob', 'taker', 'handed'));
    await prod.kubectl('create', 'configmap', 'of-bob', '-n', 'handed');
  });

  test('T48 | targets | NamespaceTaken | the old owner’s old point, with a proof from before', async () => {
    expect(await outcomeOf(alice, await register(early, 'before-handing'))).toMatch(
      /^NamespaceTaken(,NamespaceTaken)?$/,
    );
    const message = await alice.create(OWN.recoveries, await register(early, 'before-handing')).catch(String);
    expect(message).toContain('namespace "handed" is claimed by another group');
    expect(message).toContain('namespace "orphan" is claimed by no group, and "alice" is not its admin');
  });

  test('T48 | the old owner’s old point, with a new proof, leaves it alone', async () => {
    const { prod } = environment.clusters;
    await prod.kubectl('delete', 'configmap', 'settings', '-n', 'giver');
    await prod.kubectl('delete', 'configmap', 'settings', '-n', 'handed');
    const held = await getGrant(alice, 'giver/giver');
    expect(await outcomeOf(alice, await register(held, 'before-handing'))).toBe('Recovered');
    expect(await settingsIn('giver')).toBe('giver');
    expect(await verdictOf(bob.read('/api/v1/namespaces/handed/configmaps/settings'))).toBe('NotFound');
    expect(
      await register(held, 'before-handing', { handed: 'giver-handed' }).then(each => outcomeOf(alice, each)),
    ).toBe('ScopeExceeded');
  });

  test('T48 | ownership | PointNotOwned | the new owner does not get the old owner’s point', async () => {
    const held = await getGrant(bob, 'taker/taker');
    expect(await outcomeOf(bob, await register(held, 'before-handing'))).toBe('PointNotOwned');
  });
});

describe('who registers', () => {
  const inPay = group('pipelines', 'deploy', 'alice', 'pay');
  const annotate = async (namespace: string, value: string): Promise<void> => {
    const { prod } = environment.clusters;
    await prod.kubectl('annotate', 'namespace', namespace, `${ANNOTATIONS.group}=${value}`, '--overwrite');
  };
  const verdict = (wanted: ApplicationGroup): Promise<string> =>
    verdictOf(attackers.pipeline.create(OWN.applicationGroups, wanted, { dryRun: true }));

  beforeAll(async () => {
    await deployPlain(environment.clusters.prod, 'carol', 'pay');
  });

  test('T49 | group | NamespaceAdminRequired | a pipeline, cluster-admin as it is, without the word of the namespace', async () => {
    const refused = `${OBJECTS}: NamespaceAdminRequired`;
    expect(await verdict(inPay)).toBe(refused);
    expect(await verdict(group('pipelines', 'deploy', 'alice', 'pipelines', 'pay'))).toBe(refused);
    for (const other of ['pipelines/other', 'deploy', 'pay/deploy', 'pipelines/deploy ', 'Pipelines/deploy', '']) {
      await annotate('pay', other);
      await expect.poll(() => verdict(inPay)).toBe(refused);
    }
  });

  test('T49 | a pipeline with the word of the namespace, and at home without, is heard', async () => {
    await annotate('pay', 'pipelines/deploy');
    await expect.poll(() => verdict(inPay)).toBe('stored');
    expect(await verdict(group('pay', 'own', 'alice', 'pay'))).toBe('stored');
  });

  test('T49 | group | NamespaceAdminRequired | a pipeline takes a namespace into a group that people made', async () => {
    const { prod } = environment.clusters;
    await deployPlain(prod, 'alice', 'people');
    await registerAs(alice, group('people', 'people', 'alice', 'people'));
    await prod.kubectl('annotate', 'namespace', 'pay', `${ANNOTATIONS.group}-`);
    const write = () => change(attackers.pipeline, 'people', 'people', { namespaces: ['people', 'pay'] });
    await expect.poll(() => verdictOf(write())).toBe(`${OBJECTS}: NamespaceAdminRequired`);
    expect(await claimOf('pay')).toEqual([]);
  });

  test('T50 | group | NamespaceAdminRequired | an admin of the home namespace alone changes owners or namespaces', async () => {
    const { prod } = environment.clusters;
    await deployPlain(prod, 'alice', 'front', 'back');
    await registerAs(alice, group('front', 'front', 'alice', 'front', 'back'));
    await makeAdmin('bob', 'front');
    const takes: readonly Partial<ApplicationGroupSpec>[] = [
      { owners: [{ kind: 'User', name: 'bob' }] },
      {
        owners: [
          { kind: 'User', name: 'alice' },
          { kind: 'User', name: 'bob' },
        ],
      },
      { namespaces: ['front'] },
      { namespaces: ['front', 'back', 'pay'] },
      { namespaces: ['front'], owners: [{ kind: 'User', name: 'bob' }] },
    ];
    const at = { namespace: 'front', name: 'front' };
    const { spec } = await admin.get(OWN.applicationGroups, at);
    await expect.poll(() => verdictOf(change(bob, 'front', 'front', takes[0] ?? {}))).not.toBe('RBAC');
    for (const take of takes) {
      expect(await verdictOf(change(bob, 'front', 'front', take))).toMatch(
        new RegExp(`^${OBJECTS}: NamespaceAdminRequired(,NamespaceAdminRequired)?$`),
      );
    }
    expect((await admin.get(OWN.applicationGroups, at)).spec).toEqual(spec);
  });

  test('T50 | RBAC | with the ClusterRole edit no group is written at all', async () => {
    const { prod } = environment.clusters;
    await prod.kubectl('create', 'rolebinding', 'edits', '-n', 'back', '--clusterrole=edit', '--user=bob');
    const path = '/api/v1/namespaces/back/configmaps';
    await expect.poll(() => verdictOf(bob.read(path))).toBe('stored');
    expect(await verdictOf(bob.create(OWN.applicationGroups, group('back', 'mine', 'bob', 'back')))).toBe('RBAC');
  });

  test.each([
    { kind: 'Group', name: 'system:authenticated' },
    { kind: 'Group', name: 'system:unauthenticated' },
    { kind: 'Group', name: 'system:serviceaccounts' },
    { kind: 'Group', name: 'system:serviceaccounts:pay' },
    { kind: 'Group', name: 'system:masters' },
    { kind: 'User', name: 'system:anonymous' },
    { kind: 'User', name: 'system:admin' },
    { kind: 'User', name: 'system:serviceaccount:pay:default' },
  ] as const)('T55 | schema | $kind $name owns no group', async owner => {
    await deployPlain(environment.clusters.prod, 'alice', 'mine');
    const wanted = group('mine', 'mine', 'alice', 'mine');
    const owners = [...wanted.spec.owners, owner];
    await expect.poll(() => verdictOf(alice.create(OWN.applicationGroups, wanted, { dryRun: true }))).toBe('stored');
    const made = alice.create(OWN.applicationGroups, { ...wanted, spec: { ...wanted.spec, owners } });
    expect(await verdictOf(made)).toBe('schema');
  });
});

describe('a group that is deleted and applied again', () => {
  beforeAll(async () => {
    const { prod } = environment.clusters;
    await deployPlain(prod, 'alice', 'first', 'second');
    await registerAs(alice, group('first', 'pair', 'alice', 'first', 'second'));
    await backUp(prod, 'before-deletion');
  });

  test('T51 | keeps its ID, and its old points are usable', async () => {
    const before = await settled('first', 'pair');
    await deleteGroup('first', 'pair');
    const after = await registerAs(alice, group('first', 'pair', 'alice', 'first', 'second'));
    expect(after.metadata.uid).not.toBe(before.metadata.uid);
    expect(after.status?.groupID).toBe(before.status?.groupID);
    const held = await getGrant(alice, 'first/pair');
    expect(await outcomeOf(alice, await register(held, 'before-deletion'))).toBe('Recovered');
  });

  test('T51 | group | NamespaceClaimed | with a part of its namespaces it inherits nothing', async () => {
    const before = await settled('first', 'pair');
    await deleteGroup('first', 'pair');
    await makeAdmin('bob', 'first');
    await expect
      .poll(() => verdictOf(bob.create(OWN.applicationGroups, group('first', 'part', 'bob', 'first'))))
      .toBe('stored');
    const part = await settled('first', 'part');
    expect(readiness(part)).toBe('False NamespaceClaimed');
    expect(part.status?.groupID).not.toBe(before.status?.groupID);
    expect(part.status?.namespaces).toEqual([]);
    expect((await claimOf('first')).map(({ groupID }) => groupID)).toEqual([before.status?.groupID]);
    const held = await getGrant(bob, 'first/part');
    expect(await outcomeOf(bob, await register(held, 'before-deletion'))).toBe('PointNotOwned');
    await deleteGroup('first', 'part');
  });

  test('T51 | group | NamespaceAdminRequired | nor does who is admin of a part name the whole', async () => {
    const whole = group('first', 'whole', 'bob', 'first', 'second');
    expect(await verdictOf(bob.create(OWN.applicationGroups, whole))).toBe(`${OBJECTS}: NamespaceAdminRequired`);
  });

  test('T51 | group | NamespaceClaimed | a second group with the same namespaces while the first lives', async () => {
    const living = await registerAs(alice, group('first', 'pair', 'alice', 'first', 'second'));
    const second = group('second', 'copy', 'alice', 'first', 'second');
    expect(await verdictOf(alice.create(OWN.applicationGroups, second))).toBe(
      `${OBJECTS}: NamespaceClaimed,NamespaceClaimed`,
    );
    expect((await settled('first', 'pair')).status?.groupID).toBe(living.status?.groupID);
  });

  test('T51, T52 | scope | ScopeExceeded | the heir of a living namespace does not get what was in a dead one', async () => {
    const { prod } = environment.clusters;
    await deleteGroup('first', 'pair');
    await prod.kubectl('delete', 'namespace', 'second', '--timeout=30s');
    await registerAs(bob, group('first', 'heir', 'bob', 'first'));
    await deployPlain(prod, 'bob', 'second');
    await expect
      .poll(() => verdictOf(change(bob, 'first', 'heir', { namespaces: ['first', 'second'] })))
      .toBe('stored');
    const heir = await settled('first', 'heir');
    expect(heir.status?.namespaces?.map(({ name }) => name)).toEqual(['first']);
    const held = await getGrant(bob, 'first/heir');
    expect(await outcomeOf(bob, await register(held, 'before-deletion', { second: 'heir-second' }))).toBe(
      'ScopeExceeded',
    );
    expect(await admin.find(CORE.namespaces, { name: 'heir-second' })).toBeUndefined();
  });

  test('T52 | request | NotOwner | nor does the heir claim it, with a backup of its own by now', async () => {
    await backUp(environment.clusters.prod, 'by-the-heir');
    const claimed = await (await environment.user('bob')).recover('group', 'claim', 'first/heir', '--context', 'prod');
    expect(claimed.stderr).toContain('NotOwner');
    expect(claimed.stderr).toContain('namespace "second"');
    expect(await claimOf('second')).toHaveLength(1);
  });

  test('T51, T52 | but its owner, who applies the group again, does', async () => {
    const { prod } = environment.clusters;
    await deleteGroup('first', 'heir');
    await makeAdmin('alice', 'second');
    const again = group('first', 'pair', 'alice', 'first', 'second');
    await expect.poll(() => verdictOf(alice.create(OWN.applicationGroups, again))).toBe('stored');
    const pair = await settled('first', 'pair');
    expect(readiness(pair)).toBe('False NamespaceRecreated');
    expect(pair.status?.namespaces?.map(({ name }) => name)).toEqual(['first', 'second']);
    const held = await getGrant(alice, 'first/pair');
    const recovery = await register(held, 'before-deletion', { second: 'pair-second' });
    expect(await outcomeOf(alice, recovery)).toBe('Recovered');
    expect(await settingsIn('pair-second')).toBe('second');
    await prod.kubectl('delete', 'appgroup', 'pair', '-n', 'first');
  });
});

describe('a group that lost a namespace', () => {
  const into = (owners: ApplicationGroupSpec['owners']) => verdictOf(change(bob, 'kept', 'lossy', { owners }));

  beforeAll(async () => {
    const { prod } = environment.clusters;
    await deployPlain(prod, 'alice', 'kept', 'lost');
    await registerAs(alice, group('kept', 'lossy', 'alice', 'kept', 'lost'));
    await backUp(prod, 'before-the-loss');
    await prod.kubectl('delete', 'namespace', 'lost', '--timeout=30s');
    await makeAdmin('bob', 'kept');
    await deployPlain(prod, 'bob', 'lost');
    const path = '/api/v1/namespaces/lost/configmaps';
    await waitUntil('bob to be its admin', async () => (await verdictOf(bob.read(path))) === 'stored', {
      timeoutSeconds: 60,
    });
  });

  test('T50, T52 | group | NotOwner | who makes it anew is admin of every name, and makes himself no owner', async () => {
    await expect.poll(() => into([{ kind: 'User', name: 'bob' }])).toBe(`${OBJECTS}: NotOwner`);
    expect(
      await into([
        { kind: 'User', name: 'alice' },
        { kind: 'User', name: 'bob' },
      ]),
    ).toBe(`${OBJECTS}: NotOwner`);
    const { spec } = await admin.get(OWN.applicationGroups, { namespace: 'kept', name: 'lossy' });
    expect(spec.owners).toEqual([{ kind: 'User', name: 'alice' }]);
  });

  test('T52 | its owner has what its points hold, under another name', async () => {
    const held = await getGrant(alice, 'kept/lossy');
    const recovery = await register(held, 'before-the-loss', { lost: 'lossy-lost' });
    expect(await outcomeOf(alice, recovery)).toBe('Recovered');
    expect(await settingsIn('lossy-lost')).toBe('lost');
    expect((await claimOf('lost')).map(({ group: { name } }) => name)).toEqual(['lossy']);
  });
});

describe('races on two replicas', () => {
  test(`T53 | group | NamespaceClaimed | of ${PAIRS} pairs of groups, each for one namespace, one gets it`, async () => {
    const { prod } = environment.clusters;
    const contested = Array.from({ length: PAIRS }, (_, index) => `contested-${index}`);
    await deployPlain(prod, 'alice', 'left', ...contested);
    await deployPlain(prod, 'bob', 'right');
    await makeAdmin('bob', ...contested);
    const probe = group('right', 'probe', 'bob', contested.at(-1) ?? '');
    await expect.poll(() => verdictOf(bob.create(OWN.applicationGroups, probe, { dryRun: true }))).toBe('stored');

    const verdicts = await Promise.all(
      contested.flatMap(name => [
        verdictOf(alice.create(OWN.applicationGroups, group('left', name, 'alice', name))),
        verdictOf(bob.create(OWN.applicationGroups, group('right', name, 'bob', name))),
      ]),
    );

    for (const verdict of verdicts) expect(['stored', `${OBJECTS}: NamespaceClaimed`]).toContain(verdict);
    const groups = (await admin.listAll(OWN.applicationGroups)).filter(({ metadata }) =>
      ['left', 'right'].includes(metadata.namespace ?? ''),
    );
    const seen = await Promise.all(groups.map(({ metadata }) => settled(metadata.namespace ?? '', metadata.name)));
    for (const name of contested) {
      const both = seen.filter(({ metadata }) => metadata.name === name);
      const winners = both.filter(each => readiness(each) === 'True Claimed');
      expect(winners).toHaveLength(1);
      expect(both.filter(each => readiness(each) === 'False NamespaceClaimed')).toHaveLength(both.length - 1);
      expect((await claimOf(name)).map(({ groupID }) => groupID)).toEqual(winners.map(({ status }) => status?.groupID));
    }
  });

  test(`T44 | targets | NamespaceTaken | of two groups that recover into one absent name at once, one gets it, ${ROUNDS} times`, async () => {
    const { prod } = environment.clusters;
    await deployPlain(prod, 'alice', 'alpha');
    await deployPlain(prod, 'bob', 'beta');
    // Equal names of two groups: policy lets both make namespaces that begin so.
    await registerAs(alice, group('alpha', 'team', 'alice', 'alpha'));
    await registerAs(bob, group('beta', 'team', 'bob', 'beta'));
    await backUp(prod, 'before-the-race');
    const [ofAlice, ofBob] = await Promise.all([getGrant(alice, 'alpha/team'), getGrant(bob, 'beta/team')]);
    for (let round = 0; round < ROUNDS; round += 1) {
      const target = `team-${round}`;
      const [first, second] = await Promise.all([
        register(ofAlice, 'before-the-race', { alpha: target }),
        register(ofBob, 'before-the-race', { beta: target }),
      ]);
      const outcomes = await Promise.all([outcomeOf(alice, first), outcomeOf(bob, second)]);
      expect([...outcomes].sort()).toEqual(['NamespaceTaken', 'Recovered']);
      const source = outcomes[0] === 'Recovered' ? 'alpha' : 'beta';
      expect(await settingsIn(target)).toBe(source);
      expect((await claimOf(target)).map(each => each.group)).toEqual([{ namespace: source, name: 'team' }]);
      const { metadata } = await admin.get(CORE.namespaces, { name: target });
      expect(metadata.labels?.[LABELS.recovering]).toBeUndefined();
    }
  });

  test('T44 | two recoveries of one group into one absent name: one after the other, or one NamespaceTaken', async () => {
    const { prod } = environment.clusters;
    const held = await getGrant(alice, 'alpha/team');
    const both = await Promise.all([0, 1].map(() => register(held, 'before-the-race', { alpha: 'team-twice' })));
    const outcomes = await Promise.all(both.map(each => outcomeOf(alice, each)));
    expect(outcomes).toContain('Recovered');
    for (const outcome of outcomes) expect(['Recovered', 'NamespaceTaken']).toContain(outcome);
    expect(await settingsIn('team-twice')).toBe('alpha');
    expect((await claimOf('team-twice')).map(each => each.group)).toEqual([{ namespace: 'alpha', name: 'team' }]);
    const restores = await prod.kubectl('get', 'restores.velero.io', '-n', 'velero', '-o', 'name');
    for (const [index, outcome] of outcomes.entries()) {
      const hash = recoveryHash(both[index]?.metadata.name ?? '');
      expect(restores.includes(hash)).toBe(outcome === 'Recovered');
    }
  });
});

describe('T47: namespaces that were reserved for a recovery which never came to a Restore', () => {
  let catalogue: KubeClient;

  /** A recovery into an absent namespace that is stuck with its targets reserved, whose backup then goes. */
  const stuckInto = async (target: string, meanwhile: () => Promise<unknown>): Promise<string> => {
    const { prod } = environment.clusters;
    await backUp(prod, `of-${target}`);
    await holdBackRestores(prod, catalogue);
    const held = await getGrant(alice, 'alpha/team');
    const registered = await alice.create(OWN.recoveries, await register(held, `of-${target}`, { alpha: target }));
    await waitForCondition(alice, registered, 'tokenIssued');
    expect((await admin.get(CORE.namespaces, { name: target })).metadata.labels?.[LABELS.recovering]).toBeDefined();
    expect(await claimOf(target)).toHaveLength(1);
    await meanwhile();
    await prod.kubectl('delete', 'backups.velero.io', `of-${target}`, '-n', 'velero');
    await letRestoresPass(prod);
    const ended = await waitForCondition(alice, registered, 'succeeded');
    expect(ended.status?.admission).toBeUndefined();
    return findCondition(ended.status?.conditions, 'Succeeded')?.reason ?? '';
  };

  beforeAll(async () => {
    const { prod } = environment.clusters;
    catalogue = clientOf(await prod.serviceAccountKubeconfig(CATALOGUE_NAMESPACE, CATALOGUE_SERVICE_ACCOUNT));
  });

  afterAll(async () => {
    await catalogue?.close();
  });

  test('are given back with their claims, and the name is free', async () => {
    expect(await stuckInto('team-unused', async () => undefined)).toBe('PointNotFound');
    await expect.poll(() => admin.find(CORE.namespaces, { name: 'team-unused' })).toBeUndefined();
    await expect.poll(() => claimOf('team-unused')).toEqual([]);
    const held = await getGrant(bob, 'beta/team');
    expect(await outcomeOf(bob, await register(held, 'before-the-race', { beta: 'team-unused' }))).toBe('Recovered');
    expect(await settingsIn('team-unused')).toBe('beta');
  });

  test('stay with the group, and it is told, where somebody has put a pod in', async () => {
    const { prod } = environment.clusters;
    const pod = { containers: [{ name: 'main', image: 'registry.example/main:1' }] };
    const put = () =>
      prod.apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'early', namespace: 'team-busy' }, spec: pod });
    expect(await stuckInto('team-busy', put)).toBe('PointNotFound');
    await expect
      .poll(async () => (await admin.get(CORE.namespaces, { name: 'team-busy' })).metadata.labels?.[LABELS.recovering])
      .toBeUndefined();
    expect(await claimOf('team-busy')).toHaveLength(1);
    expect(await prod.kubectl('get', 'pod', 'early', '-n', 'team-busy', '-o', 'name')).toContain('early');
    const events = ['get', 'events', '-n', 'alpha', '--field-selector=reason=TargetsKept', '-o'];
    await expect.poll(() => prod.kubectl(...events, 'jsonpath={.items[*].message}')).toContain('"team-busy"');
  });
});

describe('T47: a namespace that was reserved for a recovery that failed', () => {
  beforeAll(async () => {
    const { prod } = environment.clusters;
    await backUp(prod, 'doomed');
    const held = await getGrant(alice, 'alpha/team');
    const { objectStore } = environment.environment;
    if (objectStore === undefined) throw new Error('the environment has no object store');
    await rm(join(objectStore.bucketDir, 'prod', 'backups', 'doomed', 'doomed.tar.gz'));
    expect(await outcomeOf(alice, await register(held, 'doomed', { alpha: 'team-left' }))).toBe('RestoreFailed');
  });

  test('is empty, closed to Velero again, and held for its group alone', async () => {
    const { metadata } = await admin.get(CORE.namespaces, { name: 'team-left' });
    expect(metadata.labels?.[LABELS.recovering]).toBeUndefined();
    expect((await claimOf('team-left')).map(each => each.group)).toEqual([{ namespace: 'alpha', name: 'team' }]);
    const content = await environment.clusters.prod.kubectl(
      'get',
      'all,secrets,rolebindings',
      '-n',
      'team-left',
      '-o',
      'name',
    );
    expect(content).toBe('');
    expect(await verdictOf(alice.read('/api/v1/namespaces/team-left/configmaps'))).toBe('RBAC');
  });

  test('targets | NamespaceTaken | for any other group', async () => {
    const held = await getGrant(bob, 'beta/team');
    const recovery = await register(held, 'before-the-race', { beta: 'team-left' });
    expect(await outcomeOf(bob, recovery)).toBe('NamespaceTaken');
  });

  test('takes the next recovery of its group', async () => {
    const held = await getGrant(alice, 'alpha/team');
    expect(await outcomeOf(alice, await register(held, 'before-the-race', { alpha: 'team-left' }))).toBe('Recovered');
    expect(await settingsIn('team-left')).toBe('alpha');
  });

  test('is free for others once it was deleted', async () => {
    await environment.clusters.prod.kubectl('delete', 'namespace', 'team-left', '--timeout=30s');
    const held = await getGrant(bob, 'beta/team');
    const recovery = await register(held, 'before-the-race', { beta: 'team-left' });
    expect(await outcomeOf(bob, recovery)).toBe('Recovered');
    expect(await settingsIn('team-left')).toBe('beta');
  });
});
