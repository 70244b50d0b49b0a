import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiError } from '../../api/kubernetes/api-error.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { ANNOTATIONS } from '../../api/names.ts';
import { restoreSpec } from '../../api/velero/restore-spec.ts';
import { type Restore, VELERO } from '../../api/velero/velero-types.ts';
import { waitUntil } from '../clusters/wait-until.ts';
import { clientOf, WHOLE_GROUP } from '../environment/api-user.ts';
import { readReplica } from '../environment/catalogue.ts';
import { deployPlain } from '../environment/plain-application.ts';
import { quietReporter } from '../environment/quiet-reporter.ts';
import {
  type RecoveryEnvironment,
  startRecoveryEnvironment,
  type TestUser,
} from '../environment/recovery-environment.ts';
import { backUp, registerGroup } from '../environment/team-work.ts';

/** Owners recover without any right in Velero's namespace; who has such rights does not get by without a token. */

let environment: RecoveryEnvironment;
let owners: readonly TestUser[];
const clients: KubeClient[] = [];

const clientFor = (kubeconfig: string): KubeClient => {
  const client = clientOf(kubeconfig);
  clients.push(client);
  return client;
};

/** `SelfSubjectRulesReview` of authorization.k8s.io/v1, what RBAC lets a user do in one namespace. */
interface RulesReview {
  readonly status: {
    readonly resourceRules: readonly { readonly apiGroups: readonly string[]; readonly resources: readonly string[] }[];
  };
}

const bareRestore = (name: string, annotations: Readonly<Record<string, string>> = {}): Restore => ({
  apiVersion: 'velero.io/v1',
  kind: 'Restore',
  metadata: { name, namespace: 'velero', annotations },
  spec: restoreSpec({
    choice: WHOLE_GROUP,
    backupName: 'whole',
    sourceNamespaces: ['shop'],
    neverRestored: [],
  }),
});

const withReason = (name: string): Restore =>
  bareRestore(name, { [ANNOTATIONS.bypassReason]: 'INC-42: catalogue lost' });

/** What the API server said of a create: nothing if it is stored. */
const refusalOf = async (client: KubeClient, restore: Restore): Promise<string | undefined> => {
  try {
    await client.create(VELERO.restores, restore);
    return undefined;
  } catch (error) {
    if (error instanceof ApiError) return error.message;
    throw error;
  }
};

const restoreNames = async (): Promise<string> =>
  environment.clusters.prod.kubectl('get', 'restores.velero.io', '-n', 'velero', '-o', 'name');

beforeAll(async () => {
  const rules = [
    { level: 'Metadata', verbs: ['create'], resources: [{ group: 'velero.io', resources: ['restores'] }] },
  ];
  const auditPolicy = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules: [...rules, { level: 'None' }] };
  environment = await startRecoveryEnvironment({ report: quietReporter, cluster: { auditPolicy } });
  const { prod } = environment.clusters;
  const [alice, bob] = await Promise.all([environment.user('alice'), environment.user('bob')]);
  owners = [alice, bob];
  await deployPlain(prod, 'alice', 'shop');
  await deployPlain(prod, 'bob', 'mail');
  await registerGroup(alice, 'prod', 'shop', ['shop']);
  await registerGroup(bob, 'prod', 'mail', ['mail']);
  await backUp(prod, 'whole');
});

afterAll(async () => {
  await Promise.all(clients.map(client => client.close()));
  await environment?.stop();
});

describe('owners in Velero’s namespace', () => {
  test('have no permission there but to ask who they are and what they may, in either cluster', async () => {
    for (const { kubeconfigs } of owners) {
      for (const kubeconfig of Object.values(kubeconfigs)) {
        const { status } = await clientFor(kubeconfig).review<RulesReview>(
          '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
          {
            apiVersion: 'authorization.k8s.io/v1',
            kind: 'SelfSubjectRulesReview',
            spec: { namespace: 'velero' },
          },
        );
        expect(status.resourceRules.length).toBeGreaterThan(0);
        const allowed = status.resourceRules.map(({ apiGroups, resources }) => `${resources}.${apiGroups}`);
        const everybodys = /^self(subject(access|rules)?)reviews(,self\w+)*\.(authorization|authentication)\.k8s\.io$/;
        expect(allowed.filter(name => !everybodys.test(name))).toEqual([]);
      }
    }
  });

  test('cannot read, list, create or delete there with their own logins', async () => {
    for (const { kubeconfigs } of owners) {
      const client = clientFor(kubeconfigs.prod);
      const forbidden = (action: Promise<unknown>) => expect(action).rejects.toMatchObject({ reason: 'Forbidden' });
      await forbidden(client.get(VELERO.backups, { namespace: 'velero', name: 'whole' }));
      await forbidden(client.list(VELERO.backups, { namespace: 'velero' }));
      await forbidden(client.list(VELERO.restores, { namespace: 'velero' }));
      await forbidden(client.create(VELERO.restores, bareRestore('by-hand')));
      await forbidden(client.remove(VELERO.backups, { namespace: 'velero', name: 'whole' }));
    }
    expect(await restoreNames()).toBe('');
  });
});

describe('a Restore made by hand', () => {
  test('is refused even for cluster-admin, with the way out in the message', async () => {
    const refusal = await refusalOf(clientFor(environment.operator.kubeconfigs.prod), bareRestore('by-hand'));
    expect(refusal).toContain('TokenMissing');
    expect(refusal).toContain('kubectl recover GROUP');
    expect(refusal).toContain(ANNOTATIONS.bypassReason);
    expect(await restoreNames()).toBe('');
  });

  test('is refused to a user who may create Restores but not bypass, reason or not', async () => {
    const { prod } = environment.clusters;
    await prod.kubectl(
      'create',
      'role',
      'restorer',
      '-n',
      'velero',
      '--verb=create,get',
      '--resource=restores.velero.io',
    );
    await prod.kubectl('create', 'rolebinding', 'restorer', '-n', 'velero', '--role=restorer', '--user=carol');
    const carol = clientFor((await environment.user('carol')).kubeconfigs.prod);
    await waitUntil(
      'carol to have her rights',
      async () => (await refusalOf(carol, bareRestore('x')))?.includes('TokenMissing') ?? false,
      { timeoutSeconds: 60 },
    );
    expect(await refusalOf(carol, withReason('by-carol'))).toContain('you lack the RBAC verb "bypass"');
    expect(await restoreNames()).toBe('');
  });

  test('is refused to a ServiceAccount whatever RBAC says', async () => {
    const { prod } = environment.clusters;
    await prod.kubectl('create', 'serviceaccount', 'pipeline', '-n', 'shop');
    await prod.kubectl(
      'create',
      'clusterrolebinding',
      'pipeline',
      '--clusterrole=cluster-admin',
      '--serviceaccount=shop:pipeline',
    );
    const pipeline = clientFor(await prod.serviceAccountKubeconfig('shop', 'pipeline'));
    await waitUntil(
      'the pipeline to have its rights',
      async () => (await refusalOf(pipeline, bareRestore('x')))?.includes('TokenMissing') ?? false,
      { timeoutSeconds: 60 },
    );
    expect(await refusalOf(pipeline, withReason('by-pipeline'))).toContain('TokenMissing');
    expect(await restoreNames()).toBe('');
  });

  test('is refused to whoever brings a token of his own making', async () => {
    const operator = clientFor(environment.operator.kubeconfigs.prod);
    const refusal = await refusalOf(operator, bareRestore('forged', { [ANNOTATIONS.recoveryToken]: 'e30.e30.AA' }));
    expect(refusal).toMatch(/TokenMissing|CatalogueOnly/);
    expect(await restoreNames()).toBe('');
  });

  test('breaks the glass for a person who may and says why, with the catalogue dead', async () => {
    const { prod } = environment.clusters;
    const { replicas } = environment.catalogues.prod;
    await Promise.all(replicas.map(replica => replica.stop()));
    const operator = clientFor(environment.operator.kubeconfigs.prod);
    expect(await refusalOf(operator, bareRestore('without-reason'))).toContain('TokenMissing');
    const silent = bareRestore('empty-reason', { [ANNOTATIONS.bypassReason]: '' });
    expect(await refusalOf(operator, silent)).toContain('TokenMissing');
    // The reason on the target, which is the mark of an emergency, lets Velero write there.
    await prod.kubectl('delete', 'configmap', 'settings', '-n', 'shop');
    await prod.kubectl('annotate', 'namespace', 'shop', `${ANNOTATIONS.bypassReason}=INC-42: catalogue lost`);
    expect(await refusalOf(operator, withReason('emergency'))).toBeUndefined();
    await waitUntil(
      'Velero to restore',
      async () => {
        return (
          (await prod.kubectl('get', 'restore', 'emergency', '-n', 'velero', '-o', 'jsonpath={.status.phase}')) ===
          'Completed'
        );
      },
      { timeoutSeconds: 30 },
    );
    expect(await prod.kubectl('get', 'configmap', 'settings', '-n', 'shop', '-o', 'jsonpath={.data.of}')).toBe('shop');
    await Promise.all(replicas.map(replica => replica.start()));
    await waitUntil(
      'the catalogue to tell of it',
      async () => {
        const args = ['get', 'events', '-n', 'velero', '--field-selector=reason=BreakGlass', '-o'];
        return (await prod.kubectl(...args, 'jsonpath={.items[*].message}')).includes('INC-42: catalogue lost');
      },
      { timeoutSeconds: 60 },
    );
    await expect
      .poll(async () => (await readReplica(environment.catalogues.prod.replicaUrls[0] ?? '', '/metrics')).body)
      .toContain('recover_bypasses_total 1');
    const audited = (await readFile(join(prod.logDir, 'audit.log'), 'utf8')).split('\n');
    expect(audited.filter(line => line.includes('"name":"emergency"')).join('\n')).toContain(
      '"kubectl-recover-restores/bypass-reason":"INC-42: catalogue lost"',
    );
  });
});
