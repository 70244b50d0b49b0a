import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pluginTerminal } from '../environment/plugin-terminal.ts';
import { KEYS } from '../environment/pseudo-terminal.ts';
import { quietReporter } from '../environment/quiet-reporter.ts';
import {
  type RecoveryEnvironment,
  startRecoveryEnvironment,
  type TestUser,
} from '../environment/recovery-environment.ts';
import { defineRecipes, deploy, type SampleApplication, sampleApplication } from '../environment/sample-application.ts';
import { namespaceUid, type Snapshot, snapshot } from '../environment/snapshot.ts';
import { backUp, emptyNamespaces, registerGroup } from '../environment/team-work.ts';

let environment: RecoveryEnvironment;
let alice: TestUser;
let shop: SampleApplication;
let before: { readonly front: Snapshot; readonly data: Snapshot };

beforeAll(async () => {
  environment = await startRecoveryEnvironment({ report: quietReporter });
  const { prod } = environment.clusters;
  alice = await environment.user('alice');
  shop = sampleApplication('shop', 'alice');
  await defineRecipes(prod);
  await deploy(prod, shop);
  await registerGroup(alice, 'prod', 'shop', shop.namespaces);
  await backUp(prod, 'whole-cluster');
  before = { front: await snapshot(prod, 'shop'), data: await snapshot(prod, 'shop-db') };
});

afterAll(async () => {
  await environment?.stop();
});

describe('a group that exists, in its own cluster', () => {
  test('the sample application is what the other tests rely on', () => {
    expect(Object.keys(before.front)).toEqual(
      expect.arrayContaining(['Deployment/web', 'Secret/payment', 'Recipe/soup', 'Role/reader', 'CronJob/report']),
    );
    expect(Object.keys(before.data)).toEqual(
      expect.arrayContaining(['StatefulSet/db', 'PersistentVolumeClaim/data-db-0']),
    );
  });

  test('its owner gets everything back, object by object, in the very same namespaces', async () => {
    const { prod } = environment.clusters;
    const uids = await Promise.all(shop.namespaces.map(name => namespaceUid(prod, name)));
    await emptyNamespaces(prod, shop);
    expect(await snapshot(prod, 'shop')).not.toEqual(before.front);

    const result = await alice.recover('shop', '--latest', '--context', 'prod', '--yes');

    expect(result.stderr).toContain('items restored');
    expect(result.exitCode).toBe(0);
    expect(await snapshot(prod, 'shop')).toEqual(before.front);
    expect(await snapshot(prod, 'shop-db')).toEqual(before.data);
    expect(await Promise.all(shop.namespaces.map(name => namespaceUid(prod, name)))).toEqual(uids);
    expect(await prod.kubectl('get', 'pvc', 'data-db-0', '-n', 'shop-db', '-o', 'jsonpath={.status.phase}')).toBe(
      'Bound',
    );
  });

  test('how far it went stands in the status: items as Velero counts them, and workloads', async () => {
    const args = ['status', 'shop', '--context', 'prod', '-o'];
    const wide = (await alice.recover(...args, 'wide')).stdout.split('\n');
    expect(wide[0]).toMatch(/STATE +REASON +ITEMS +VOLUMES +WORKLOADS +MESSAGE +AGE$/);
    expect(wide[1]).toMatch(/Succeeded +Recovered +(\d+)\/\1 +<none> +2\/2 /);
    const { items } = JSON.parse((await alice.recover(...args, 'json')).stdout);
    expect(items[0].progress).toMatchObject({ phase: 'Completed' });
    expect(items[0].progress.itemsRestored).toBeGreaterThan(10);
    expect(items[0].workloads).toEqual({ ready: 2, total: 2 });
  });

  test('nothing is left open afterwards: no mark on a namespace', async () => {
    const marked = await environment.clusters.prod.kubectl(
      'get',
      'ns',
      '-l',
      'kubectl-recover.io/recovering',
      '-o',
      'name',
    );
    expect(marked).toBe('');
  });

  test('it can be recovered beside itself, under mapped names that are then the owner’s', async () => {
    const { prod } = environment.clusters;
    const result = await alice.recover(
      ...['shop', '--latest', '--context', 'prod', '--yes'],
      ...['--map', 'shop=shop-copy', '--map', 'shop-db=shop-copy-db', '--volumes', 'skip', '--workload-timeout', '5s'],
    );
    // Without its volume the database cannot come up: said aloud, with an exit code of its own.
    expect(result.exitCode).toBe(5);
    expect(result.stderr).toContain('WorkloadsNotReady');
    const copied = await snapshot(prod, 'shop-copy');
    for (const key of ['ConfigMap/settings', 'Secret/payment', 'Deployment/web', 'Service/web', 'Recipe/soup']) {
      expect(copied[key]).toEqual(before.front[key]);
    }
    expect(await alice.kubectl('prod', 'auth', 'can-i', 'create', 'rolebindings', '-n', 'shop-copy')).toContain('yes');
    // Its database would take the volume as soon as that is free.
    await prod.kubectl('delete', 'namespace', 'shop-copy', 'shop-copy-db', '--wait=true');
  });

  test('--at chooses the newest point at or before a time, between two points', async () => {
    const { prod } = environment.clusters;
    const between = new Date(Date.now() + 1000);
    await new Promise(resolve => setTimeout(resolve, 2000));
    await prod.kubectl(
      'patch',
      'configmap',
      'settings',
      '-n',
      'shop',
      '--type=merge',
      '-p',
      '{"data":{"motd":"changed"}}',
    );
    await backUp(prod, 'after-the-change');
    await prod.kubectl('delete', 'configmap', 'settings', '-n', 'shop');

    const result = await alice.recover('shop', '--at', between.toISOString(), '--context', 'prod', '--yes', '-v=9');

    expect(result.exitCode).toBe(0);
    // Every request is told, and none of the tokens that go with them: a JWS begins like this.
    expect(result.stderr).toMatch(/^POST https:\S+\/recoveries\S* 201 in \d+ ms$/m);
    expect(result.stderr + result.stdout).not.toContain('eyJ');
    expect(result.stderr).toContain('whole-cluster');
    expect((await snapshot(prod, 'shop'))['ConfigMap/settings']).toEqual(before.front['ConfigMap/settings']);
  });

  test('-w shows a new point as soon as it is there, and Ctrl-C ends it', async () => {
    const terminal = pluginTerminal(['points', 'shop', '-w', '--context', 'prod'], {
      tools: environment.environment.tools,
      kubeconfigs: [alice.kubeconfigs.prod],
    });
    try {
      await terminal.shows('whole-cluster');
      await backUp(environment.clusters.prod, 'while-watched');
      await terminal.shows('while-watched');
      terminal.type(KEYS.interrupt);
      expect(await terminal.ended).toBe(130);
    } finally {
      terminal.stop();
    }
  });

  describe('a plan', () => {
    interface PlanItem {
      readonly state: string;
      readonly kind: string;
      readonly name: string;
      readonly why?: string;
    }
    const planOf = async (...flags: readonly string[]) => {
      const args = ['plan', 'shop', '--point', 'whole-cluster', '--context', 'prod', '-o', 'json', ...flags];
      const { exitCode, stdout, stderr } = await alice.recover(...args);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      const { items } = JSON.parse(stdout) as { readonly items: readonly PlanItem[] };
      return {
        all: items,
        of: (kind: string, name: string) => items.find(item => item.kind === kind && item.name === name),
      };
    };

    test('compares a real backup with what is there, and changes nothing', async () => {
      const { prod } = environment.clusters;
      const patch = ['patch', 'configmap', 'settings', '-n', 'shop', '--type=merge', '-p'];
      await prod.kubectl(...patch, '{"data":{"motd":"planned"}}');
      await prod.kubectl('delete', 'service', 'web', '-n', 'shop');
      const present = await snapshot(prod, 'shop');

      const { all, of } = await planOf();

      expect(of('ConfigMap', 'settings')).toMatchObject({ state: 'differs', why: 'what is there is kept' });
      expect(of('Service', 'web')).toMatchObject({ state: 'create' });
      expect(of('Secret', 'payment')).toMatchObject({ state: 'exists' });
      for (const [kind, name] of [
        ['Deployment', 'web'],
        ['Role', 'reader'],
        ['Recipe', 'soup'],
        ['StatefulSet', 'db'],
        ['PersistentVolumeClaim', 'data-db-0'],
      ] as const) {
        expect([kind, of(kind, name)?.state]).toEqual([kind, 'same']);
      }
      // Nobody decided on anything else that came or went.
      expect(all.filter(({ state }) => state === 'create' || state === 'differs')).toHaveLength(2);
      for (const [kind, name] of [
        ['ConfigMap', 'kube-root-ca.crt'],
        ['ServiceAccount', 'default'],
        ['Endpoints', 'web'],
      ] as const) {
        expect([kind, of(kind, name)?.state]).toEqual([kind, 'madeAgain']);
      }
      expect(all.find(({ kind }) => kind === 'EndpointSlice')).toMatchObject({ state: 'madeAgain' });
      // A backup of the whole cluster; nothing of another namespace is told.
      expect(new Set(all.map(item => (item as PlanItem & { readonly namespace: string }).namespace))).toEqual(
        new Set(shop.namespaces),
      );
      expect(await snapshot(prod, 'shop')).toEqual(present);
      expect(await prod.kubectl('get', 'downloadrequests.velero.io', '-n', 'velero', '-o', 'name')).toBe('');
    });

    test('is true of what then comes back', async () => {
      const { prod } = environment.clusters;
      const { all } = await planOf('--include-resources', 'services,configmaps', '-l', 'app=web');
      const created = all.filter(({ state }) => state === 'create').map(({ kind, name }) => `${kind}/${name}`);
      const present = await snapshot(prod, 'shop');
      const flags = ['--include-resources', 'services,configmaps', '-l', 'app=web', '--yes'];
      await alice.recover('shop', '--point', 'whole-cluster', '--context', 'prod', ...flags);
      const come = Object.keys(await snapshot(prod, 'shop')).filter(key => !(key in present));
      expect(come.toSorted()).toEqual(created.toSorted());
    });

    test('of another team’s group is refused as everything of it is', async () => {
      const bob = await environment.user('bob');
      const { exitCode, stderr } = await bob.recover('plan', 'shop', '--point', 'whole-cluster', '--context', 'prod');
      expect([exitCode, stderr]).toEqual([3, expect.stringContaining('NotOwner')]);
    });
  });

  test('existing objects are kept unless the owner asks for the point’s', async () => {
    const { prod } = environment.clusters;
    const patch = ['patch', 'configmap', 'settings', '-n', 'shop', '--type=merge', '-p', '{"data":{"motd":"mine"}}'];
    await prod.kubectl(...patch);
    const keep = await alice.recover('shop', '--point', 'whole-cluster', '--context', 'prod', '--yes');
    expect(keep.exitCode).toBe(0);
    const motd = async () => prod.kubectl('get', 'cm', 'settings', '-n', 'shop', '-o', 'jsonpath={.data.motd}');
    expect(await motd()).toBe('mine');
    const args = ['--existing-resources', 'update', '--include-resources', 'configmaps'];
    const update = await alice.recover('shop', '--point', 'whole-cluster', '--context', 'prod', '--yes', ...args);
    expect(update.exitCode).toBe(0);
    expect(await motd()).toBe('welcome');
  });
});

describe('two groups in one backup of the whole cluster', () => {
  test('each is recovered alone, by its own owner', async () => {
    const { prod } = environment.clusters;
    const bob = await environment.user('bob');
    const mail = sampleApplication('mail', 'bob');
    await deploy(prod, mail);
    await registerGroup(bob, 'prod', 'mail', mail.namespaces);
    await backUp(prod, 'both-groups');
    const mailBefore = await snapshot(prod, 'mail');
    for (const namespace of ['shop', 'mail']) await prod.kubectl('delete', 'configmap', 'settings', '-n', namespace);

    const result = await bob.recover('mail', '--point', 'both-groups', '--context', 'prod', '--yes');

    expect(result.exitCode).toBe(0);
    expect(await snapshot(prod, 'mail')).toEqual(mailBefore);
    expect(Object.keys(await snapshot(prod, 'shop'))).not.toContain('ConfigMap/settings');
    const refused = await bob.recover('shop', '--latest', '--context', 'prod', '--yes');
    expect(refused.exitCode).toBe(3);
    expect(refused.stderr).toContain('NotOwner');
  });
});

describe('a namespace that its owner deleted', () => {
  test('comes back under its name while it is absent', async () => {
    const { prod } = environment.clusters;
    await backUp(prod, 'before-deletion');
    const data = await snapshot(prod, 'shop-db');
    const uid = await namespaceUid(prod, 'shop-db');
    await prod.kubectl('delete', 'namespace', 'shop-db', '--wait=true');
    await prod.kubectl('patch', 'pv', 'shop-volume', '--type=merge', '-p', '{"spec":{"claimRef":null}}');
    const labels = { 'pod-security.kubernetes.io/enforce': 'baseline' };
    const policy = JSON.stringify({ spec: { newNamespaces: { labels } } });
    await prod.kubectl('patch', 'recoverypolicies', 'default', '--type=merge', '-p', policy);

    const result = await alice.recover('shop', '--point', 'before-deletion', '--context', 'prod', '--yes');

    expect(result.stderr).not.toContain('failed');
    expect(result.exitCode).toBe(0);
    expect(await namespaceUid(prod, 'shop-db')).not.toBe(uid);
    const restored = await snapshot(prod, 'shop-db');
    for (const key of ['Service/db', 'StatefulSet/db']) expect(restored[key]).toEqual(data[key]);
    const made = JSON.parse(await prod.kubectl('get', 'namespace', 'shop-db', '-o', 'json'));
    expect(made.metadata.labels).toEqual({ ...labels, 'kubernetes.io/metadata.name': 'shop-db' });
  });

  test('is not yet recoverable once it was made anew, and says so', async () => {
    const { prod } = environment.clusters;
    await prod.kubectl('delete', 'namespace', 'shop-db', '--wait=true');
    await prod.kubectl('create', 'namespace', 'shop-db');

    const result = await alice.recover('shop', '--point', 'before-deletion', '--context', 'prod', '--yes');

    expect(result.exitCode).toBe(3);
    expect(result.stderr).toContain('NamespaceTaken');
    expect(result.stderr).toContain('made anew');
    const shown = await alice.recover('group', 'show', 'shop', '--context', 'prod');
    expect(shown.stdout + shown.stderr).toContain('made anew');
  });
});
