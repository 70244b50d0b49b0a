import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deployPlain } from '../environment/plain-application.ts';
import { quietReporter } from '../environment/quiet-reporter.ts';
import {
  type ClusterName,
  type RecoveryEnvironment,
  startRecoveryEnvironment,
  type TestUser,
} from '../environment/recovery-environment.ts';
import { backUp, registerGroup, syncBackups } from '../environment/team-work.ts';

/** A group outlives its objects: it is registered where it was recovered, comes back, and is active in one place. */

let environment: RecoveryEnvironment;
let alice: TestUser;
let bob: TestUser;
let groupId: string;

const groupIn = (cluster: ClusterName, name: string, path: string): Promise<string> =>
  environment.clusters[cluster].kubectl(
    ...['get', 'applicationgroup', name, '-n', name, '--ignore-not-found', '-o', `jsonpath=${path}`],
  );

const idIn = (cluster: ClusterName, name = 'shop'): Promise<string> => groupIn(cluster, name, '{.status.groupID}');

const contentIn = (cluster: ClusterName, name = 'shop'): Promise<string> =>
  environment.clusters[cluster].kubectl(
    ...['get', 'configmap', 'settings', '-n', name, '--ignore-not-found', '-o', 'jsonpath={.data.of}'],
  );

const writeContent = (cluster: ClusterName, value: string): Promise<string> =>
  environment.clusters[cluster].kubectl(
    ...['patch', 'configmap', 'settings', '-n', 'shop', '--type=merge', '-p', JSON.stringify({ data: { of: value } })],
  );

const operator = async (...args: readonly string[]): Promise<string> => {
  const result = await environment.operator.recover(...args);
  expect(result.stderr).not.toContain('Error');
  expect(result.exitCode).toBe(0);
  return result.stderr;
};

beforeAll(async () => {
  environment = await startRecoveryEnvironment({ report: quietReporter });
  const { prod, dr } = environment.clusters;
  [alice, bob] = await Promise.all([environment.user('alice'), environment.user('bob')]);
  await deployPlain(prod, 'alice', 'shop');
  await deployPlain(prod, 'bob', 'mail');
  const destination = ['--destination', `cluster:${dr.clusterId}`, '--owner', 'user:bob'];
  await registerGroup(alice, 'prod', 'shop', ['shop'], ...destination);
  await registerGroup(bob, 'prod', 'mail', ['mail']);
  groupId = await idIn('prod');
  await backUp(prod, 'last-night');
  await syncBackups(environment, 'dr', 'last-night');
  await operator('cluster', 'trust', '--from-context', 'prod', '--context', 'dr', '--users', 'alice');
  await operator('cluster', 'trust', '--from-context', 'dr', '--context', 'prod', '--users', 'alice');
});

afterAll(async () => {
  await environment?.stop();
});

describe('a group is recovered elsewhere, for its cluster is declared lost', () => {
  test('and is registered there as what it is, with the owners who are somebody there', async () => {
    await operator('cluster', 'declare-lost', 'prod', '--reason', 'flooded', '--context', 'dr');
    const result = await alice.recover('shop', '--latest', '--context', 'dr', '--yes');
    expect(result.exitCode).toBe(0);
    await expect.poll(() => idIn('dr'), { timeout: 20_000 }).toBe(groupId);
    // Bob owns it in prod; nobody said that bob means the same in dr.
    expect(JSON.parse(await groupIn('dr', 'shop', '{.spec.owners}'))).toEqual([{ kind: 'User', name: 'alice' }]);
    expect(await bob.kubectl('dr', 'auth', 'can-i', 'create', 'rolebindings', '-n', 'shop').catch(String)).toContain(
      'no',
    );
    expect(await groupIn('dr', 'shop', '{.spec.destinations}')).toContain(environment.clusters.prod.clusterId);
    expect(await groupIn('dr', 'shop', '{.status.activeSince}')).toMatch(/^20\d\d-/);
  });

  test('its next backup there is a point of it, beside those of the old cluster', async () => {
    const { dr } = environment.clusters;
    await expect.poll(() => groupIn('dr', 'shop', '{.status.conditions[?(@.type=="Ready")].status}')).toBe('True');
    await writeContent('dr', 'written in dr');
    await backUp(dr, 'first-in-dr');
    const points = await alice.recover('points', 'shop', '--context', 'dr');
    expect(points.stdout).toMatch(/first-in-dr[\s\S]*last-night/);
    await writeContent('dr', 'spoilt');
    const args = ['shop', '--latest', '--existing-resources', 'update', '--context', 'dr', '--yes'];
    const recovered = await alice.recover(...args);
    expect(recovered.stderr).toContain('app-group token of cluster "dr"');
    expect(recovered.exitCode).toBe(0);
    expect(await contentIn('dr')).toBe('written in dr');
  });

  test('nobody but the catalogue says which group an object is', async () => {
    const { dr } = environment.clusters;
    await deployPlain(dr, 'bob', 'stall');
    const stolen = JSON.stringify({ groupID: groupId });
    await registerGroup(bob, 'dr', 'stall', ['stall']);
    const attempt = bob.kubectl(
      ...(['dr', 'annotate', 'applicationgroup', 'stall', '-n', 'stall'] as const),
      `kubectl-recover.io/registered-as=${stolen}`,
    );
    await expect(attempt).rejects.toThrow('CatalogueOnly');
  });
});

describe('the old cluster is back, with a copy that is stale', () => {
  test('its word is not taken in the cluster that holds the active copy', async () => {
    const result = await alice.recover('shop', '--latest', '--from-context', 'prod', '--context', 'dr', '--yes');
    expect(result.exitCode).toBe(3);
    expect(result.stderr).toContain('GroupActiveElsewhere');
    expect(result.stderr).toContain('leave out --from-context');
  });

  test('the word of the other cluster is not taken in the old one, until an operator there says so', async () => {
    await syncBackups(environment, 'prod', 'first-in-dr');
    const result = await alice.recover('shop', '--latest', '--from-context', 'dr', '--context', 'prod', '--yes');
    expect(result.exitCode).toBe(3);
    expect(result.stderr).toContain(
      `kubectl recover cluster trust --from-context dr --context prod --speaks-for ${environment.clusters.prod.clusterId}`,
    );
    const stale = await alice.recover('points', 'shop', '--context', 'prod');
    expect(stale.stdout).not.toContain('first-in-dr');
  });

  test('then its copy is fenced: it grants nothing, and says where the group is', async () => {
    await operator(
      ...['cluster', 'trust', '--from-context', 'dr', '--context', 'prod', '--users', 'alice', '--speaks-for', 'self'],
    );
    const path = '{.status.conditions[?(@.type=="ActiveElsewhere")].status}';
    await expect.poll(() => groupIn('prod', 'shop', path), { timeout: 20_000 }).toBe('True');
    const result = await alice.recover('shop', '--latest', '--context', 'prod', '--yes');
    expect(result.exitCode).toBe(3);
    expect(result.stderr).toContain('GroupActiveElsewhere');
    expect(result.stderr).toContain('it is active in cluster "dr" since');
    // Groups that never moved are as they were.
    expect((await bob.recover('mail', '--latest', '--context', 'prod', '--yes')).exitCode).toBe(0);
  });

  test('the group is recovered back, and the copy here is the active one again', async () => {
    const args = ['--existing-resources', 'update', '--from-context', 'dr', '--context', 'prod', '--yes'];
    const result = await alice.recover('shop', '--point', 'first-in-dr', ...args);
    expect(result.stderr).toContain('app-group token of cluster "dr"');
    expect(result.exitCode).toBe(0);
    expect(await contentIn('prod')).toBe('written in dr');
    expect(await idIn('prod')).toBe(groupId);
    const path = '{.status.conditions[?(@.type=="ActiveElsewhere")].status}';
    await expect.poll(() => groupIn('prod', 'shop', path), { timeout: 20_000 }).toBe('False');
    expect((await alice.recover('shop', '--latest', '--context', 'prod', '--yes')).exitCode).toBe(0);
  });

  test('and the copy it came from is fenced in its turn', async () => {
    const { prod } = environment.clusters;
    await backUp(prod, 'first-back-home');
    await syncBackups(environment, 'dr', 'first-back-home');
    const path = '{.status.conditions[?(@.type=="ActiveElsewhere")].status}';
    await expect.poll(() => groupIn('dr', 'shop', path), { timeout: 20_000 }).toBe('True');
    const result = await alice.recover('shop', '--latest', '--context', 'dr', '--yes');
    expect(result.stderr).toContain('GroupActiveElsewhere');
  });
});
