import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keptRefusals } from '../environment/kept-refusal.ts';
import { deployPlain } from '../environment/plain-application.ts';
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
let carol: TestUser;
let shop: SampleApplication;
let before: { readonly front: Snapshot; readonly data: Snapshot };

const expectRefusal = keptRefusals('recover-elsewhere');

/** Of dr. */
const IN_PLACE = ['--to-cloud', 'gce', '--to-region', 'europe-west3'] as const;

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
  await deployPlain(prod, 'carol', 'blog');
  carol = await environment.user('carol');
  await registerGroup(carol, 'prod', 'blog', ['blog'], '--destination', 'place:gce/europe-west3');
  await backUp(prod, 'whole-cluster');
  before = { front: await snapshot(prod, 'shop'), data: await snapshot(prod, 'shop-db') };
  await syncBackups(environment, 'dr', 'whole-cluster');
});

afterAll(async () => {
  await environment?.stop();
});

test('a source that the destination does not trust is named, with the command that would mend it', async () => {
  await expectRefusal(alice, 'source-not-trusted', 3, 'shop', '--latest', ...FROM_PROD_INTO_DR);
  expect(await namespaceUid(environment.clusters.dr, 'shop')).toBe('');
});

test('users of the source mean nobody here until the operator says so', async () => {
  const trust = await environment.operator.recover('cluster', 'trust', '--from-context', 'prod', '--context', 'dr');
  expect(trust.exitCode).toBe(0);
  await expectRefusal(alice, 'not-mapped', 3, 'shop', '--latest', ...FROM_PROD_INTO_DR);
});

/** What the owner is shown before anything moves, as counts and as the table with its notes. */
const planInto = async (...flags: readonly string[]) => {
  const args = ['plan', 'shop', '--latest', '--from-context', 'prod', '--context', 'dr', ...flags];
  const [json, table] = await Promise.all([alice.recover(...args, '-o', 'json'), alice.recover(...args)]);
  expect([json.exitCode, json.stderr, table.exitCode]).toEqual([0, '', 0]);
  const { summary } = JSON.parse(json.stdout) as { readonly summary: Readonly<Record<string, number>> };
  return { summary, table: table.stdout, notes: table.stderr };
};

test('a plan for the other cluster compares with what is there, not in the source', async () => {
  const { dr } = environment.clusters;
  const trust = await environment.operator.recover(
    ...['cluster', 'trust', '--from-context', 'prod', '--context', 'dr', '--users', 'alice', '--users', 'carol'],
  );
  expect(trust.exitCode).toBe(0);

  const { summary, table } = await planInto();

  expect(summary).toMatchObject({ same: 0, differs: 0, exists: 0, unknown: 0 });
  for (const row of [/create +Deployment +shop +web/, /create +PersistentVolumeClaim +shop-db +data-db-0/]) {
    expect(table).toMatch(row);
  }
  expect(await namespaceUid(dr, 'shop')).toBe('');
});

test('where its owner may not look in the other cluster, the plan says so and why', async () => {
  const { dr } = environment.clusters;
  await dr.kubectl('create', 'namespace', 'of-others');
  const { summary, table, notes } = await planInto('--map', 'shop=of-others', '--map', 'shop-db=nobodys');
  expect(summary).toMatchObject({ create: 0, same: 0 });
  expect(summary['unknown']).toBeGreaterThan(0);
  expect(table).toMatch(/unknown +Deployment +of-others +web +you may not list deployments in namespace "of-others"/);
  expect(notes).toContain('you may not list what is in namespace "of-others" (');
  // One that does not exist refuses a look in the same way: nobody is told whether it does.
  expect(notes).toContain('you may not list what is in namespace "nobodys" (');
  expect(notes).toContain('if the namespace does not exist yet, all of it is created');
  await dr.kubectl('delete', 'namespace', 'of-others', '--wait=true');
});

test('the owner recovers into the other cluster, object by object', async () => {
  const { dr } = environment.clusters;
  const result = await alice.recover('shop', '--latest', ...FROM_PROD_INTO_DR);

  expect(result.stderr).toContain('workloads');
  expect(result.exitCode).toBe(0);
  expect(await snapshot(dr, 'shop')).toEqual(before.front);
  expect(await snapshot(dr, 'shop-db')).toEqual(before.data);
  expect(await dr.kubectl('get', 'pvc', 'data-db-0', '-n', 'shop-db', '-o', 'jsonpath={.status.phase}')).toBe('Bound');
});

test('a plan afterwards finds there what was recovered, and nothing that nobody decided on', async () => {
  // What the autoscaler does in the day.
  await environment.clusters.dr.kubectl('scale', 'deployment', 'web', '-n', 'shop', '--replicas=3');
  const { summary, table, notes } = await planInto();
  expect(summary).toMatchObject({ create: 0, differs: 0, unknown: 0 });
  expect(table).toMatch(/same +Deployment +shop +web +but for replicas/);
  for (const row of [/same +Deployment +shop +web/, /same +ConfigMap +shop +settings/]) expect(table).toMatch(row);
  // Those that Kubernetes names itself have other names here, and its authority another certificate.
  expect(table).not.toMatch(/EndpointSlice|Endpoints|ReplicaSet|Pod |kube-root-ca\.crt/);
  expect(notes).toMatch(/made again by controllers \d+ \(.*ReplicaSet \d.*EndpointSlice \d.*Pod \d/);
});

test('a plan finds what was changed there since, and only that', async () => {
  const { dr } = environment.clusters;
  const patch = (what: string, change: object) =>
    dr.kubectl('patch', ...what.split(' '), '-n', 'shop', '--type=merge', '-p', JSON.stringify(change));
  await patch('deployment web', { spec: { template: { spec: { terminationGracePeriodSeconds: 7 } } } });
  await patch('serviceaccount default', { imagePullSecrets: [{ name: 'registry' }] });
  await dr.kubectl('delete', 'service', 'web', '-n', 'shop');
  await dr.kubectl('scale', 'statefulset', 'db', '-n', 'shop-db', '--replicas=0');

  const { table } = await planInto();

  const changes = table.split('\n').filter(row => /^(create|differs) /.test(row));
  expect(changes.map(row => row.split(/ {3,}/).slice(0, 4))).toEqual([
    ['create', 'Service', 'shop', 'web'],
    ['differs', 'Deployment', 'shop', 'web'],
    ['differs', 'StatefulSet', 'shop-db', 'db'],
  ]);
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
  const args = ['shop', '--latest', ...FROM_PROD_INTO_DR, '--to-cluster', prod.clusterId];
  await expectRefusal(alice, 'to-another-cluster', 3, ...args);
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

describe('prepared in the source, for a cluster in a place', () => {
  const IN_DR = ['--context', 'dr', '--yes'] as const;
  let folder: string;
  let file: string;

  const recoveries = async (): Promise<readonly unknown[]> =>
    JSON.parse(await environment.clusters.dr.kubectl('get', 'recoveries', '-A', '-o', 'json')).items;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'prepared-'));
    file = join(folder, 'blog.yaml');
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('what the destination would refuse in the end is not prepared at all', async () => {
    const args = ['prepare', 'blog', '--latest', '--context', 'prod', '-o', file];
    const elsewhere = [...args, '--to-cloud', 'gce', '--to-region', 'us-east1'];
    await expectRefusal(carol, 'prepare-for-a-place-not-allowed', 3, ...elsewhere);
    await expectRefusal(carol, 'prepare-for-too-long', 3, ...args, ...IN_PLACE, '--duration', '25h');
    await expect(stat(file)).rejects.toThrow('ENOENT');
  });

  test('the file is for its user alone, holds no key and is not overwritten', async () => {
    const args = [...IN_PLACE, '-o', file];
    const prepared = await carol.recover('prepare', 'blog', '--latest', '--context', 'prod', ...args);
    expect(prepared.stderr).toContain('prepared "blog" from whole-cluster for any cluster in gce/europe-west3');
    expect(prepared.exitCode).toBe(0);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readFile(file, 'utf8')).not.toMatch(/PRIVATE|"d":/);
    const again = await carol.recover('prepare', 'blog', '--latest', '--context', 'prod', ...args);
    expect(again.stderr).toContain('--force');
  });

  test('nobody else can use it, with the plugin or without', async () => {
    const bob = await environment.user('bob');
    const before = await recoveries();
    await expectRefusal(bob, 'prepared-for-another-user', 3, '-f', file, ...IN_DR);
    await expect(bob.kubectl('dr', 'create', '-f', file)).rejects.toThrow('the proof was given to "carol"');
    expect(await recoveries()).toEqual(before);
  });

  test('its user registers it, whatever dr has told her meanwhile, and it is done once', async () => {
    const { dr } = environment.clusters;
    const before = await recoveries();
    expect((await carol.recover('cluster', 'show', '--context', 'dr')).stdout).toContain(dr.clusterId);
    const dry = await carol.recover('-f', file, '--dry-run=server', ...IN_DR);
    expect(dry.stderr).toContain('would allow this recovery');
    expect(await readFile(file, 'utf8')).not.toContain('registered-in');
    const result = await carol.recover('-f', file, ...IN_DR);
    expect(result.stderr).toContain('recovered "blog" from whole-cluster in cluster "dr"');
    expect(result.exitCode).toBe(0);
    expect(await dr.kubectl('get', 'cm', 'settings', '-n', 'blog', '-o', 'jsonpath={.data.of}')).toBe('blog');
    expect(await readFile(file, 'utf8')).toContain(`registered-in: ${dr.clusterId}`);
    const again = await carol.recover('-f', file, ...IN_DR);
    expect(again.stderr).toContain('it is not repeated');
    expect(again.exitCode).toBe(0);
    await expect(carol.kubectl('dr', 'create', '-f', file)).rejects.toThrow(/already exists/);
    expect(await recoveries()).toHaveLength(before.length + 1);
  });

  test('what became of it is shown to nobody else, and no other cluster takes it', async () => {
    const bob = await environment.user('bob');
    expect((await bob.recover('-f', file, ...IN_DR)).stderr).toContain('RequesterMismatch');
    await expectRefusal(carol, 'prepared-and-used-elsewhere', 3, '-f', file, '--context', 'prod', '--yes');
    await expect(carol.kubectl('prod', 'create', '-f', file)).rejects.toThrow('names gce/europe-west3 as destination');
  });

  describe('and for one cluster', () => {
    const prepareFor = async (name: 'prod' | 'dr'): Promise<string> => {
      const path = join(folder, `for-${name}.yaml`);
      const args = ['--to-cluster', environment.clusters[name].clusterId, '--context', 'prod', '-o', path, '--force'];
      expect(await carol.recover('prepare', 'blog', '--latest', ...args)).toMatchObject({ exitCode: 0 });
      return path;
    };
    const use = (path: string): string[] => ['-f', path, '--context', 'prod', '--yes'];
    const groups = async (): Promise<string> => (await carol.recover('group', 'list', '--context', 'prod')).stdout;
    const idOfBlog = (): Promise<string> =>
      carol.kubectl('prod', 'get', 'applicationgroup', 'blog', '-n', 'blog', '-o', 'jsonpath={.status.groupID}');

    test('no other one takes it', async () => {
      const forDr = await prepareFor('dr');
      await expectRefusal(carol, 'prepared-for-another-cluster', 3, ...use(forDr));
    });

    test('what a group said, when it was there, counts no more when it is gone; and the other way round', async () => {
      const [ofTheGroup, id] = [await prepareFor('prod'), await idOfBlog()];
      await carol.kubectl('prod', 'delete', 'applicationgroup', 'blog', '-n', 'blog');
      await expect.poll(groups).not.toContain('blog');
      await expectRefusal(carol, 'group-gone', 3, ...use(ofTheGroup));
      const ofItsStamp = await prepareFor('prod');
      await registerGroup(carol, 'prod', 'blog', ['blog'], '--destination', 'place:gce/europe-west3');
      expect(await idOfBlog()).toBe(id);
      await expectRefusal(carol, 'group-still-exists', 3, ...use(ofItsStamp));
    });
  });
});

describe('a destination that is named by its place', () => {
  const byPlace = ['blog', '--latest', ...FROM_PROD_INTO_DR, ...IN_PLACE];

  test('is refused where the cluster has told the user its ID, or gives the proof itself', async () => {
    await expectRefusal(carol, 'identifier-available', 3, ...byPlace);
    const itself = ['--context', 'prod', '--to-cloud', 'aws', '--to-region', 'eu-west-1', '--yes'];
    await expectRefusal(carol, 'identifier-of-the-source', 3, 'blog', '--latest', ...itself);
  });

  test('is nowhere while its nodes disagree, or say nothing', async () => {
    const { dr } = environment.clusters;
    await dr.apply({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'stray', labels: { 'topology.kubernetes.io/region': 'us-east-1' } },
      spec: { providerID: 'aws:///us-east-1a/i-0' },
    });
    const refusal = async () => (await carol.recover(...byPlace)).stderr;
    await expect.poll(refusal).toContain('its nodes say different places');
    await expectRefusal(carol, 'nodes-disagree', 3, ...byPlace);
    await dr.kubectl('delete', 'node', 'stray');
    await dr.kubectl('label', 'nodes', '--all', 'topology.kubernetes.io/region-');
    await expect.poll(refusal).toContain('none is declared');
    await expectRefusal(carol, 'place-not-declared', 3, ...byPlace);
  });
});

test('the word of a source whose key was revoked here does not count', async () => {
  const { operator } = environment;
  const { stdout } = await operator.recover('cluster', 'keys', '--context', 'dr', '-o', 'json');
  const { items } = JSON.parse(stdout) as { readonly items: readonly Readonly<Record<string, string>>[] };
  const key = items.find(({ cluster, use }) => cluster === 'prod' && use === 'Grant')?.['kid'] ?? '';
  const revoke = ['cluster', 'revoke-key', 'prod', '--context', 'dr', '--reason', 'read by a thief'];
  expect((await operator.recover(...revoke, key.replace(/^-+/, '').slice(0, 12))).exitCode).toBe(0);
  const args = ['shop', '--latest', ...FROM_PROD_INTO_DR];
  await expect.poll(async () => (await alice.recover(...args)).stderr).toContain('TokenRevoked');
  await expectRefusal(alice, 'key-revoked', 3, ...args);
});
