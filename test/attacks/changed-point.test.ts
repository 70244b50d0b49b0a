import { afterAll, beforeAll, expect, test } from 'vitest';
import { findCondition } from '../../api/kinds/condition.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { LABELS } from '../../api/names.ts';
import { VELERO } from '../../api/velero/velero-types.ts';
import { clientOf, getGrant, recoveryFor, waitForCondition } from '../environment/api-user.ts';
import { deployPlain } from '../environment/plain-application.ts';
import { quietReporter } from '../environment/quiet-reporter.ts';
import { type RecoveryEnvironment, startRecoveryEnvironment } from '../environment/recovery-environment.ts';
import { backUp, registerGroup } from '../environment/team-work.ts';

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
