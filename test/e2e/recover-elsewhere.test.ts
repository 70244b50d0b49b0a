import { afterAll, beforeAll, expect, test } from 'vitest';
import { quietReporter } from '../environment/quiet-reporter.ts';
import {
  type RecoveryEnvironment,
  startRecoveryEnvironment,
  type TestUser,
} from '../environment/recovery-environment.ts';
import {
  defineRecipes,
  deploy,
  manualVolume,
  type SampleApplication,
  sampleApplication,
} from '../environment/sample-application.ts';
import { namespaceUid, type Snapshot, snapshot } from '../environment/snapshot.ts';
import { backUp, registerGroup, syncBackups } from '../environment/team-work.ts';

/** From one cluster into another: the source grants, the destination judges and restores. */

let environment: RecoveryEnvironment;
let alice: TestUser;
let shop: SampleApplication;
let before: { readonly front: Snapshot; readonly data: Snapshot };

const FROM_PROD_INTO_DR = ['--from-context', 'prod', '--context', 'dr', '--yes'] as const;

beforeAll(async () => {
  environment = await startRecoveryEnvironment({ report: quietReporter });
  const { prod, dr } = environment.clusters;
  alice = await environment.user('alice');
  shop = sampleApplication('shop', 'alice');
  await Promise.all([defineRecipes(prod), defineRecipes(dr)]);
  await dr.apply(manualVolume('shop-volume'));
  await deploy(prod, shop);
  await registerGroup(alice, 'prod', 'shop', shop.namespaces, '--destination', `cluster:${dr.clusterId}`);
  await backUp(prod, 'whole-cluster');
  before = { front: await snapshot(prod, 'shop'), data: await snapshot(prod, 'shop-db') };
  await syncBackups(environment, 'dr', 'whole-cluster');
});

afterAll(async () => {
  await environment?.stop();
});

test('a source that the destination does not trust is named, with the command that would mend it', async () => {
  const result = await alice.recover('shop', '--latest', ...FROM_PROD_INTO_DR);
  expect(result.exitCode).toBe(3);
  expect(result.stderr).toContain('PeerNotTrusted');
  expect(result.stderr).toContain('kubectl recover cluster trust --from-context prod --context dr');
  expect(await namespaceUid(environment.clusters.dr, 'shop')).toBe('');
});

test('users of the source mean nobody here until the operator says so', async () => {
  const trust = await environment.operator.recover('cluster', 'trust', '--from-context', 'prod', '--context', 'dr');
  expect(trust.exitCode).toBe(0);
  const result = await alice.recover('shop', '--latest', ...FROM_PROD_INTO_DR);
  expect(result.exitCode).toBe(3);
  expect(result.stderr).toContain('NotOwner');
  expect(result.stderr).toContain('not mapped to users here');
});

test('the owner recovers into the other cluster, object by object', async () => {
  const { dr } = environment.clusters;
  const trust = await environment.operator.recover(
    ...['cluster', 'trust', '--from-context', 'prod', '--context', 'dr', '--users', 'alice'],
  );
  expect(trust.exitCode).toBe(0);

  const result = await alice.recover('shop', '--latest', ...FROM_PROD_INTO_DR);

  expect(result.stderr).toContain('workloads');
  expect(result.exitCode).toBe(0);
  expect(await snapshot(dr, 'shop')).toEqual(before.front);
  expect(await snapshot(dr, 'shop-db')).toEqual(before.data);
  expect(await dr.kubectl('get', 'pvc', 'data-db-0', '-n', 'shop-db', '-o', 'jsonpath={.status.phase}')).toBe('Bound');
});

test('its target namespaces are the live ones, and the owner’s', async () => {
  const { dr } = environment.clusters;
  const [recovery] = JSON.parse(await dr.kubectl('get', 'recoveries', '-A', '-o', 'json')).items;
  const uids = await Promise.all(shop.namespaces.map(name => namespaceUid(dr, name)));
  const targets = recovery.status.targets.map(({ name, uid }: { name: string; uid: string }) => [name, uid]);
  expect(targets).toEqual(shop.namespaces.map((name, index) => [name, uids[index]]));
  for (const namespace of shop.namespaces) {
    expect(await alice.kubectl('dr', 'auth', 'can-i', 'delete', 'deployments', '-n', namespace)).toContain('yes');
  }
});

test('the source is untouched', async () => {
  const { prod } = environment.clusters;
  expect(await snapshot(prod, 'shop')).toEqual(before.front);
  expect(await prod.kubectl('get', 'recoveries,restores.velero.io', '-A', '-o', 'name')).toBe('');
});

test('--to-cluster refuses when the context leads to another cluster than the one named', async () => {
  const { prod } = environment.clusters;
  const result = await alice.recover('shop', '--latest', ...FROM_PROD_INTO_DR, '--to-cluster', prod.clusterId);
  expect(result.exitCode).toBe(3);
  expect(result.stderr).toContain('DestinationMismatch');
});

test('somebody else gets nothing from either cluster', async () => {
  const bob = await environment.user('bob');
  for (const args of [
    ['shop', '--latest', ...FROM_PROD_INTO_DR],
    ['points', 'shop', '--context', 'prod'],
    ['points', 'shop', '--context', 'dr'],
  ]) {
    const result = await bob.recover(...args);
    expect(result.exitCode).toBe(3);
    expect(result.stderr).toContain('NotOwner');
    expect(result.stdout).toBe('');
  }
});
