import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findCondition } from '../../api/kinds/condition.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { ANNOTATIONS, LABELS } from '../../api/names.ts';
import { stampToken } from '../../api/tokens/kinds.ts';
import { decodeToken } from '../../api/tokens/verify-token.ts';
import { type Backup, VELERO } from '../../api/velero/velero-types.ts';
import { clientOf, getGrant, recoveryFor, WHOLE_GROUP, waitForCondition } from '../environment/api-user.ts';
import { deployPlain } from '../environment/plain-application.ts';
import { quietReporter } from '../environment/quiet-reporter.ts';
import { type RecoveryEnvironment, startRecoveryEnvironment } from '../environment/recovery-environment.ts';
import { backUp, registerGroup } from '../environment/team-work.ts';
import { verdictOf } from '../environment/verdict.ts';

/**
 * T15: a Restore names its Backup by name and Velero reads it late. Who may delete backups makes the name free between
 * gate and run, and has another backup there. RBAC lets him; the recovery must not end as if nothing had happened.
 */

let environment: RecoveryEnvironment;
let alice: KubeClient;
let operator: KubeClient;

beforeAll(async () => {
  environment = await startRecoveryEnvironment({ report: quietReporter });
  const { prod } = environment.clusters;
  const user = await environment.user('alice');
  alice = clientOf(user.kubeconfigs.prod);
  operator = clientOf(environment.operator.kubeconfigs.prod);
  await deployPlain(prod, 'alice', 'shop', 'mail');
  await registerGroup(user, 'prod', 'shop', ['shop']);
  await backUp(prod, 'whole');
});

afterAll(async () => {
  await Promise.all([alice?.close(), operator?.close()]);
  await environment?.stop();
});

test('T15 | gate | PointChanged | the backup is replaced by another between the gate and the run', async () => {
  const { prod } = environment.clusters;
  await prod.kubectl('delete', 'configmap', 'settings', '-n', 'shop');
  await prod.veleroServer.stop();
  const held = await getGrant(alice, 'shop/shop');
  const registered = await alice.create(
    OWN.recoveries,
    await recoveryFor({ held, backup: 'whole', destination: prod.clusterId }),
  );
  const admitted = await waitForCondition(alice, registered, 'admitted');
  await prod.kubectl('delete', 'backups.velero.io', 'whole', '-n', 'velero');
  await prod.apply({
    apiVersion: 'velero.io/v1',
    kind: 'Backup',
    metadata: { name: 'whole', namespace: 'velero' },
    spec: { includedNamespaces: ['mail'] },
  });

  const ended = await waitForCondition(alice, registered, 'succeeded');
  expect(findCondition(ended.status?.conditions, 'Succeeded')).toMatchObject({
    status: 'False',
    reason: 'PointChanged',
  });

  await prod.veleroServer.start();
  // Velero is at work again once it has taken up the new Backup; it queues it, and looks at Restores as well.
  const phase = '--for=jsonpath={.status.phase}';
  await prod.kubectl('wait', 'backup/whole', '-n', 'velero', phase, '--timeout=90s');
  const restore = await operator.find(VELERO.restores, admitted.status?.restoreRef ?? { name: '' });
  expect(restore?.status?.phase ?? 'New').toBe('New');
  expect(await prod.kubectl('get', 'configmap', 'settings', '-n', 'shop', '--ignore-not-found', '-o', 'name')).toBe('');
  expect(await prod.kubectl('get', 'namespaces', '-l', LABELS.recovering, '-o', 'name')).toBe('');
});

describe('T35: a namespace that is made anew while a backup of it runs', () => {
  let velero: KubeClient;

  beforeAll(async () => {
    const { prod } = environment.clusters;
    const user = await environment.user('alice');
    await deployPlain(prod, 'alice', 'web', 'web-db');
    await registerGroup(user, 'prod', 'web', ['web', 'web-db']);
    // What Velero writes while it reads is written with its own login, so that there is time in between.
    await prod.veleroServer.stop();
    velero = clientOf(await prod.serviceAccountKubeconfig('velero', 'velero'));
  });

  afterAll(async () => {
    await velero?.close();
  });

  const heldBy = (backup: Backup): readonly (readonly string[])[] => {
    const stamp = backup.metadata.annotations?.[ANNOTATIONS.stamp];
    if (stamp === undefined) return [];
    const { groups } = decodeToken(stampToken, stamp).claims;
    return groups.map(({ namespaces }) => namespaces.map(([name]) => name));
  };

  const phase = (name: string, status: object): Promise<Backup> =>
    velero.mergePatch(VELERO.backups, { namespace: 'velero', name }, { status });

  const begin = async (name: string, ...includedNamespaces: readonly string[]): Promise<Backup> => {
    const metadata = { name, namespace: 'velero' };
    const spec = { includedNamespaces, storageLocation: 'default' };
    await velero.create(VELERO.backups, { apiVersion: 'velero.io/v1', kind: 'Backup', metadata, spec });
    return phase(name, { phase: 'InProgress', startTimestamp: new Date().toISOString().replace(/\.\d+Z/, 'Z') });
  };

  const makeAnew = async (namespace: string): Promise<void> => {
    const { prod } = environment.clusters;
    await prod.kubectl('delete', 'namespace', namespace, '--timeout=60s');
    await deployPlain(prod, 'bob', namespace);
  };

  test('T35 | stamp | ScopeExceeded | the point does not hold it any more', async () => {
    expect(heldBy(await begin('swapped', 'web', 'web-db'))).toEqual([['web', 'web-db']]);
    await makeAnew('web-db');
    expect(heldBy(await phase('swapped', { phase: 'Finalizing' }))).toEqual([['web']]);
    await phase('swapped', { phase: 'Completed', completionTimestamp: new Date().toISOString() });
    const held = await getGrant(alice, 'web/web');
    const restore = { ...WHOLE_GROUP, namespaceMapping: { 'web-db': 'web-other' } };
    const { clusterId } = environment.clusters.prod;
    const recovery = await recoveryFor({ held, backup: 'swapped', destination: clusterId, restore });
    expect(await verdictOf(alice.create(OWN.recoveries, recovery))).toBe('objects.kubectl-recover.io: ScopeExceeded');
  });

  test('T35 | stamp | PointNotStamped | a point of nothing else has no stamp any more', async () => {
    await environment.clusters.prod.kubectl('delete', 'namespace', 'web-db', '--timeout=60s');
    expect(heldBy(await begin('swapped-alone', 'web'))).toEqual([['web']]);
    await makeAnew('web');
    expect(heldBy(await phase('swapped-alone', { phase: 'Finalizing' }))).toEqual([]);
  });

  test('T35: what stayed as it was keeps its stamp, letter by letter', async () => {
    const begun = await begin('unchanged', 'shop');
    const read = await phase('unchanged', { phase: 'Finalizing' });
    expect(heldBy(begun)).toEqual([['shop']]);
    expect(read.metadata.annotations?.[ANNOTATIONS.stamp]).toBe(begun.metadata.annotations?.[ANNOTATIONS.stamp]);
  });
});
