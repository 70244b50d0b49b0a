import { afterAll, beforeAll, expect, test } from 'vitest';
import { deployPlain } from '../environment/plain-application.ts';
import { quietReporter } from '../environment/quiet-reporter.ts';
import {
  type RecoveryEnvironment,
  startRecoveryEnvironment,
  type TestUser,
} from '../environment/recovery-environment.ts';
import { backUp, registerGroup } from '../environment/team-work.ts';

/**
 * One team's broken hook must not cost another team its recovery point. Velero does not say whose hook it was: so the
 * point stays usable for both, and both are warned.
 */

let environment: RecoveryEnvironment;
let alice: TestUser;
let bob: TestUser;

/** A pod whose backup hook cannot run: no container ever runs in the clusters of the tests. */
const podWithHook = (namespace: string): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'queue',
    namespace,
    annotations: {
      'pre.hook.backup.velero.io/command': '["/bin/flush"]',
      'pre.hook.backup.velero.io/container': 'queue',
      'pre.hook.backup.velero.io/on-error': 'Fail',
    },
  },
  spec: { containers: [{ name: 'queue', image: 'registry.example/mail/queue:1' }] },
});

beforeAll(async () => {
  environment = await startRecoveryEnvironment({ report: quietReporter });
  const { prod } = environment.clusters;
  [alice, bob] = await Promise.all([environment.user('alice'), environment.user('bob')]);
  await deployPlain(prod, 'alice', 'shop');
  await deployPlain(prod, 'bob', 'mail');
  await prod.apply(podWithHook('mail'));
  await prod.kubectl('wait', 'pod/queue', '-n', 'mail', '--for=condition=Ready', '--timeout=30s');
  await registerGroup(alice, 'prod', 'shop', ['shop']);
  await registerGroup(bob, 'prod', 'mail', ['mail']);
});

afterAll(async () => {
  await environment?.stop();
});

test('a backup with a failed hook is partially failed', async () => {
  expect(await backUp(environment.clusters.prod, 'whole')).toBe('PartiallyFailed');
});

test('it is listed as usable, with a warning', async () => {
  for (const [owner, group] of [
    [alice, 'shop'],
    [bob, 'mail'],
  ] as const) {
    await expect
      .poll(async () => (await owner.recover('points', group, '--context', 'prod', '-o', 'wide')).stdout)
      .toContain('Yes, with errors');
  }
});

test('a group is recovered from it, and its owner warned of what may be missing', async () => {
  const { prod } = environment.clusters;
  await prod.kubectl('delete', 'configmap', 'settings', '-n', 'shop');
  const result = await alice.recover('shop', '--latest', '--context', 'prod', '--yes');
  expect(result.stderr).toContain('warning: the backup has 2 errors of which Velero names no namespace');
  expect(result.exitCode).toBe(0);
  expect(await prod.kubectl('get', 'cm', 'settings', '-n', 'shop', '-o', 'jsonpath={.data.of}')).toBe('shop');
});

test('a policy may ask for points without any error', async () => {
  const { prod } = environment.clusters;
  await prod.kubectl('patch', 'rcvp', 'default', '--type=merge', '-p', '{"spec":{"partiallyFailedPoints":"Never"}}');
  await expect
    .poll(async () => {
      const args = ['shop', '--point', 'whole', '--context', 'prod', '--yes', '--dry-run=server'];
      return (await alice.recover(...args)).stderr;
    })
    .toContain('PolicyDenied');
});
