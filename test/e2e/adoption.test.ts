import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../api/kinds/object-meta.ts';
import { CORE } from '../../api/kubernetes/core-types.ts';
import { OWN, type ResourceType } from '../../api/kubernetes/resource-type.ts';
import { GROUP_VERSION } from '../../api/names.ts';
import { clientOf } from '../environment/api-user.ts';
import { keptRefusals } from '../environment/kept-refusal.ts';
import { deployPlain } from '../environment/plain-application.ts';
import { quietReporter } from '../environment/quiet-reporter.ts';
import {
  type ClusterName,
  type RecoveryEnvironment,
  startRecoveryEnvironment,
  type TestUser,
} from '../environment/recovery-environment.ts';
import { runPlugin } from '../environment/run-plugin.ts';
import { adminBinding } from '../environment/sample-application.ts';
import { backUp, registerGroup, syncBackups } from '../environment/team-work.ts';

/** A group outlives its objects: it is registered where it was recovered, comes back, and is active in one place. */

let environment: RecoveryEnvironment;
let alice: TestUser;
let bob: TestUser;
let groupId: string;

const expectRefusal = keptRefusals('adoption');

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
    await expect(bob.kubectl('dr', 'auth', 'can-i', 'create', 'rolebindings', '-n', 'shop')).rejects.toThrow(
      'exited with 1',
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
    const args = ['shop', '--latest', '--from-context', 'prod', '--context', 'dr', '--yes'];
    await expectRefusal(alice, 'active-here', 3, ...args);
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
    await expectRefusal(alice, 'active-elsewhere', 3, 'shop', '--latest', '--context', 'prod', '--yes');
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

describe('namespaces that were deleted are made anew, empty', () => {
  const CLAIM = ['group', 'claim', 'mail', '--context', 'prod'] as const;
  let deployer: string;

  beforeAll(async () => {
    const { prod } = environment.clusters;
    await prod.apply(
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ci' } },
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'deployer', namespace: 'ci' } },
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRoleBinding',
        metadata: { name: 'deployer' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
        subjects: [{ kind: 'ServiceAccount', name: 'deployer', namespace: 'ci' }],
      },
    );
    deployer = await prod.serviceAccountKubeconfig('ci', 'deployer');
  });

  /** A pipeline that may do everything and knows nothing of what there was. */
  const pipeline = async (...objects: readonly object[]): Promise<void> => {
    const client = clientOf(deployer);
    try {
      for (const object of objects) await client.create(resourceOf(object), object as KubeObject);
    } finally {
      await client.close();
    }
  };

  const resourceOf = (object: object) => {
    const { kind } = object as KubeObject;
    if (kind === 'Namespace') return CORE.namespaces as ResourceType<KubeObject>;
    return (kind === 'RoleBinding' ? CORE.roleBindings : OWN.applicationGroups) as ResourceType<KubeObject>;
  };

  const mailOf = (owner: string): readonly object[] => [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'mail' } },
    adminBinding('mail', owner),
    {
      apiVersion: GROUP_VERSION,
      kind: 'ApplicationGroup',
      metadata: { name: 'mail', namespace: 'mail' },
      spec: { namespaces: ['mail'], owners: [{ kind: 'User', name: owner }] },
    },
  ];

  const readyMail = () =>
    expect
      .poll(() => groupIn('prod', 'mail', '{.status.conditions[?(@.type=="Ready")].status}'), { timeout: 20_000 })
      .toBe('True');

  let mailId: string;

  test('a stranger who takes the freed name gets nothing, and the owner nothing of the stranger’s', async () => {
    const { prod } = environment.clusters;
    mailId = await idIn('prod', 'mail');
    await prod.kubectl('delete', 'namespace', 'mail', '--wait=true');
    await pipeline(...mailOf('eve'));
    await readyMail();
    expect(await idIn('prod', 'mail')).not.toBe(mailId);
    const eve = await environment.user('eve');
    await expectRefusal(eve, 'claim-by-a-stranger', 3, ...CLAIM);
    expect((await eve.recover('points', 'mail', '--context', 'prod')).stdout).not.toContain('last-night');
    await expectRefusal(bob, 'claim-of-somebody-elses', 3, ...CLAIM);
    expect(await idIn('prod', 'mail')).not.toBe(mailId);
  });

  test('where there is none, or one that is not the owner’s to give, nothing is claimed', async () => {
    const { prod } = environment.clusters;
    await prod.kubectl('delete', 'namespace', 'mail', '--wait=true');
    await expectRefusal(bob, 'claim-of-nothing', 3, ...CLAIM);
    const [namespace, , group] = mailOf('bob');
    await pipeline(namespace ?? {}, group ?? {});
    await readyMail();
    await expectRefusal(bob, 'claim-without-a-right', 3, ...CLAIM);
    const ci = { recover: (...args: readonly string[]) => runPlugin(args, { kubeconfigs: [deployer] }) };
    await expectRefusal(ci, 'claim-by-a-pipeline', 3, 'group', 'claim', 'mail');
    await prod.apply(adminBinding('mail', 'bob'));
    const policy = ['patch', 'recoverypolicy', 'default', '--type=merge', '-p'];
    await prod.kubectl(...policy, JSON.stringify({ spec: { protectedNamespaces: ['mail'] } }));
    const tried = async () => (await bob.recover(...CLAIM, '--dry-run=server')).stderr;
    await expect.poll(tried).toContain('NamespaceProtected');
    await expectRefusal(bob, 'claim-of-a-protected-one', 3, ...CLAIM);
    await prod.kubectl(...policy, JSON.stringify({ spec: { protectedNamespaces: null } }));
    await prod.kubectl('delete', 'applicationgroup', 'mail', '-n', 'mail');
    await registerGroup(bob, 'prod', 'post', ['mail']);
    await expect.poll(tried).toContain('NamespaceClaimed');
    await expectRefusal(bob, 'claim-of-another-groups', 3, ...CLAIM);
    expect(await idIn('prod', 'mail')).toBe('');
  });

  test('of two groups that were gone under one name the owner says which', async () => {
    const { prod } = environment.clusters;
    await prod.kubectl('delete', 'namespace', 'mail', '--wait=true');
    await pipeline(...mailOf('bob'));
    await readyMail();
    await backUp(prod, 'of-the-second', '--include-namespaces', 'mail');
    await prod.kubectl('delete', 'namespace', 'mail', '--wait=true');
    await expectRefusal(bob, 'recover-one-of-two', 3, 'mail', '--latest', '--context', 'prod', '--yes');
    const dryRun = ['--latest', '--context', 'prod', '--dry-run=server', '--yes'];
    const byId = await bob.recover(mailId, ...dryRun);
    expect(byId.stderr).not.toContain('of-the-second');
    expect(byId.exitCode).toBe(0);
    await pipeline(...mailOf('bob'));
    await readyMail();
    await expectRefusal(bob, 'claim-one-of-two', 3, ...CLAIM);
  });

  test('the owner links what the pipeline made to the group that was, and recovers it', async () => {
    const { prod } = environment.clusters;
    expect((await bob.recover('points', 'mail', '--context', 'prod')).stdout).not.toContain('last-night');
    const claimed = await bob.recover('group', 'claim', mailId, '--context', 'prod');
    expect(claimed.stderr).toContain(`mail/mail is group ${mailId}, with mail`);
    expect(claimed.exitCode).toBe(0);
    await expect.poll(() => idIn('prod', 'mail'), { timeout: 20_000 }).toBe(mailId);
    expect(await prod.kubectl('get', 'events', '-n', 'mail', '-o', 'jsonpath={.items[*].reason}')).toContain(
      'GroupRegistered',
    );
    const recovered = await bob.recover('mail', '--latest', '--context', 'prod', '--yes');
    expect(recovered.exitCode).toBe(0);
    expect(await contentIn('prod', 'mail')).toBe('mail');
  });

  test('the owner recovers what nobody made anew, with the registration in it', async () => {
    const { prod } = environment.clusters;
    await prod.kubectl('delete', 'namespace', 'mail', '--wait=true');
    const recovered = await bob.recover(mailId, '--latest', '--context', 'prod', '--yes');
    expect(recovered.stderr).not.toContain('Error');
    expect(recovered.exitCode).toBe(0);
    expect(await contentIn('prod', 'mail')).toBe('mail');
    await expect.poll(() => idIn('prod', 'mail'), { timeout: 20_000 }).toBe(mailId);
  });
});
