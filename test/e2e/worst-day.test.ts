import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deployPlain } from '../environment/plain-application.ts';
import { quietReporter } from '../environment/quiet-reporter.ts';
import {
  type RecoveryEnvironment,
  startRecoveryEnvironment,
  type TestUser,
} from '../environment/recovery-environment.ts';
import { namespaceUid } from '../environment/snapshot.ts';
import { backUp, registerGroup, syncBackups } from '../environment/team-work.ts';

/** The days it is for: the group is gone, its namespaces are gone, its cluster is gone. */

let environment: RecoveryEnvironment;
let alice: TestUser;
let bob: TestUser;

const groupIdOf = async (namespace: string): Promise<string> =>
  environment.clusters.prod.kubectl('get', 'appgroup', namespace, '-n', namespace, '-o', 'jsonpath={.status.groupID}');

const contentOf = (cluster: 'prod' | 'dr', namespace: string): Promise<string> =>
  environment.clusters[cluster].kubectl(
    ...['get', 'configmap', 'settings', '-n', namespace, '--ignore-not-found', '-o', 'jsonpath={.data.of}'],
  );

beforeAll(async () => {
  environment = await startRecoveryEnvironment({ report: quietReporter });
  const { prod, dr } = environment.clusters;
  [alice, bob] = await Promise.all([environment.user('alice'), environment.user('bob')]);
  await deployPlain(prod, 'alice', 'shop');
  await deployPlain(prod, 'bob', 'mail');
  for (const [owner, name] of [
    [alice, 'shop'],
    [bob, 'mail'],
  ] as const) {
    await registerGroup(owner, 'prod', name, [name], '--destination', `cluster:${dr.clusterId}`);
  }
  await backUp(prod, 'last-night');
  await syncBackups(environment, 'dr', 'last-night');
  const trust = ['cluster', 'trust', '--from-context', 'prod', '--context', 'dr', '--users', 'alice', '--users', 'bob'];
  expect((await environment.operator.recover(...trust)).exitCode).toBe(0);
});

afterAll(async () => {
  await environment?.stop();
});

let groupId: string;

describe('an owner deletes the only namespace of the group, the registration in it', () => {
  test('the group is listed no more, and a stranger learns nothing', async () => {
    const { prod } = environment.clusters;
    groupId = await groupIdOf('shop');
    await prod.kubectl('delete', 'namespace', 'shop', '--wait=true');
    const result = await bob.recover('shop', '--latest', '--context', 'prod', '--yes');
    expect(result.exitCode).toBe(3);
    expect(result.stderr).toContain('NotOwner');
  });

  test('the owner as of the newest backup recovers it, with nothing but her login', async () => {
    const { prod } = environment.clusters;
    const result = await alice.recover('shop', '--latest', '--context', 'prod', '--yes');
    expect(result.stderr).toContain('the group is gone from cluster "prod"; owners as of');
    expect(result.exitCode).toBe(0);
    expect(await contentOf('prod', 'shop')).toBe('shop');
    expect(await alice.kubectl('prod', 'auth', 'can-i', 'create', 'rolebindings', '-n', 'shop')).toContain('yes');
    expect(await namespaceUid(prod, 'shop')).not.toBe('');
  });

  test('it is registered again with it: the same group, with its old points', async () => {
    await expect.poll(() => groupIdOf('shop'), { timeout: 20_000 }).toBe(groupId);
    const points = await alice.recover('points', 'shop', '--context', 'prod');
    expect(points.stdout).toMatch(/last-night\s.*Yes/);
  });
});

describe('the source cluster is gone, with all that ran there', () => {
  test('while it is not declared lost, its owner is told what to do', async () => {
    await environment.catalogues.prod.stop();
    await environment.clusters.prod.stop();
    const unreachable = await alice.recover('shop', '--latest', '--from-context', 'prod', '--context', 'dr', '--yes');
    expect(unreachable.exitCode).toBe(1);
    expect(unreachable.stderr).toContain('ClusterUnreachable');
    const refused = await alice.recover('shop', '--latest', '--context', 'dr', '--yes');
    expect(refused.exitCode).toBe(3);
    expect(refused.stderr).toContain('SourceNotLost');
    expect(refused.stderr).toContain('kubectl recover cluster declare-lost prod --reason TEXT');
    expect(await namespaceUid(environment.clusters.dr, 'shop')).toBe('');
  });

  test('an owner cannot declare it lost; an operator can, and it is seen', async () => {
    const { dr } = environment.clusters;
    const args = ['cluster', 'declare-lost', 'prod', '--reason', 'the region burnt down', '--context', 'dr'];
    expect((await alice.recover(...args)).exitCode).toBe(1);
    const declared = await environment.operator.recover(...args);
    expect(declared.stderr).toContain('owners of "prod" now recover with');
    expect(declared.exitCode).toBe(0);
    await expect
      .poll(() => dr.kubectl('get', 'events', '-n', 'default', '-o', 'jsonpath={.items[*].message}'))
      .toContain('the region burnt down');
    const shown = await environment.operator.recover('cluster', 'show', '--context', 'dr');
    expect(shown.stdout).toMatch(/LOST SINCE[\s\S]*prod.*20\d\d-/);
  });

  test('from then on each owner recovers alone, into their own', async () => {
    for (const [owner, name] of [
      [alice, 'shop'],
      [bob, 'mail'],
    ] as const) {
      const result = await owner.recover(name, '--latest', '--context', 'dr', '--yes');
      expect(result.stderr).toContain('is lost since');
      expect(result.exitCode).toBe(0);
      expect(await contentOf('dr', name)).toBe(name);
      expect(await owner.kubectl('dr', 'auth', 'can-i', 'create', 'rolebindings', '-n', name)).toContain('yes');
    }
  });

  test('and nobody another’s', async () => {
    for (const [who, name] of [
      [bob, 'shop'],
      [alice, 'mail'],
    ] as const) {
      const result = await who.recover(name, '--latest', '--context', 'dr', '--yes');
      expect(result.exitCode).toBe(3);
      expect(result.stderr).toContain('NotOwner');
    }
  });

  test('and is the owner of the same group there', async () => {
    const { dr } = environment.clusters;
    const idInDr = () => dr.kubectl('get', 'appgroup', 'shop', '-n', 'shop', '-o', 'jsonpath={.status.groupID}');
    await expect.poll(idInDr, { timeout: 20_000 }).toBe(groupId);
    const owned = await alice.recover('group', 'list', '--context', 'dr');
    expect(owned.stdout).toMatch(/^shop\s/m);
    expect(owned.stdout).not.toContain('mail');
  });

  test('found again, its groups that nobody recovered speak for themselves', async () => {
    await bob.kubectl('dr', 'delete', 'applicationgroup', 'mail', '-n', 'mail');
    const found = await environment.operator.recover('cluster', 'declare-found', 'prod', '--context', 'dr');
    expect(found.exitCode).toBe(0);
    await expect
      .poll(async () => (await bob.recover('mail', '--latest', '--context', 'dr', '--yes')).stderr, {
        timeout: 20_000,
      })
      .toContain('SourceNotLost');
  });
});
