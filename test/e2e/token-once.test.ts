import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findCondition } from '../../api/kinds/condition.ts';
import type { Stored } from '../../api/kinds/object-meta.ts';
import type { Recovery } from '../../api/kinds/recovery.ts';
import { ApiError } from '../../api/kubernetes/api-error.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { ANNOTATIONS, CATALOGUE_NAMESPACE, CATALOGUE_SERVICE_ACCOUNT } from '../../api/names.ts';
import { type Restore, VELERO } from '../../api/velero/velero-types.ts';
import { Discovery } from '../../webhook/cluster/discovery.ts';
import { waitUntil } from '../clusters/wait-until.ts';
import { clientOf, getGrant, recoveryFor, WHOLE_GROUP, waitForCondition } from '../environment/api-user.ts';
import { readReplica } from '../environment/catalogue.ts';
import { boundRestore, holdBackRestores, letRestoresPass } from '../environment/held-back.ts';
import { deployPlain } from '../environment/plain-application.ts';
import { quietReporter } from '../environment/quiet-reporter.ts';
import { type RecoveryEnvironment, startRecoveryEnvironment } from '../environment/recovery-environment.ts';
import { backUp, registerGroup } from '../environment/team-work.ts';

/**
 * A recovery token is good for one Restore. The attacker here is the strongest there can be at the gate: one who
 * holds the login of the catalogue itself, the token, and everything needed to write the very Restore it binds.
 */

const RACERS = 50;

let environment: RecoveryEnvironment;
let alice: KubeClient;
let catalogue: KubeClient;
let discovery: Discovery;

/** Creates it and says what came of it: `stored`, or the code of the refusal. */
const attempt = async (restore: Restore): Promise<string> => {
  try {
    await catalogue.create(VELERO.restores, restore);
    return 'stored';
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return error.causes[0]?.reason ?? error.reason;
  }
};

const gateCalls = async (): Promise<readonly number[]> =>
  Promise.all(
    environment.catalogues.prod.replicaUrls.map(async url => {
      const { body } = await readReplica(url, '/metrics');
      const lines = body
        .split('\n')
        .filter(line => /^recover_admissions_total\{endpoint="\/validate\/restores"/.test(line));
      return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
    }),
  );

const register = async (): Promise<Stored<Recovery>> => {
  const held = await getGrant(alice, 'shop/shop');
  const destination = environment.clusters.prod.clusterId;
  return alice.create(OWN.recoveries, await recoveryFor({ held, backup: 'whole', destination }));
};

beforeAll(async () => {
  environment = await startRecoveryEnvironment({ report: quietReporter, catalogue: { replicas: 2 } });
  const { prod } = environment.clusters;
  const user = await environment.user('alice');
  alice = clientOf(user.kubeconfigs.prod);
  catalogue = clientOf(await prod.serviceAccountKubeconfig(CATALOGUE_NAMESPACE, CATALOGUE_SERVICE_ACCOUNT));
  discovery = new Discovery(catalogue, pino({ level: 'silent' }), Date.now);
  await discovery.start();
  await deployPlain(prod, 'alice', 'shop');
  await registerGroup(user, 'prod', 'shop', ['shop']);
  await backUp(prod, 'whole');
});

afterAll(async () => {
  discovery?.stop();
  await Promise.all([alice?.close(), catalogue?.close()]);
  await environment?.stop();
});

test(`of ${RACERS} tries at once on two replicas, exactly one Restore is stored; the others find the token used`, async () => {
  const { prod } = environment.clusters;
  await holdBackRestores(prod, catalogue);
  const recovery = await waitForCondition(alice, await register(), 'tokenIssued');
  const restore = boundRestore(recovery, discovery.resources());
  const before = await gateCalls();

  const outcomes = await Promise.all(Array.from({ length: RACERS }, () => attempt(restore)));

  expect(outcomes.filter(outcome => outcome === 'stored')).toHaveLength(1);
  expect(outcomes.filter(outcome => outcome === 'TokenUsed')).toHaveLength(RACERS - 1);
  const restores = await catalogue.list(VELERO.restores);
  expect(restores.items.map(({ metadata }) => metadata.name)).toEqual([restore.metadata.name]);
  const calls = await gateCalls();
  for (const [index, count] of calls.entries()) expect(count).toBeGreaterThan(before[index] ?? 0);

  await letRestoresPass(prod);
  const ended = await waitForCondition(alice, recovery, 'succeeded');
  expect(findCondition(ended.status?.conditions, 'Succeeded')?.status).toBe('True');
  expect((await catalogue.list(VELERO.restores)).items).toHaveLength(1);
});

test('a second Restore with the token of the first is refused, under its name and any other', async () => {
  const recovery = await waitForCondition(alice, await register(), 'succeeded');
  const restore = boundRestore(recovery, discovery.resources());
  const count = (await catalogue.list(VELERO.restores)).items.length;
  expect(await attempt(restore)).toBe('TokenUsed');
  expect(await attempt({ ...restore, metadata: { ...restore.metadata, name: 'another' } })).toBe('RestoreMismatch');
  expect((await catalogue.list(VELERO.restores)).items).toHaveLength(count);
});

test('nor is the name free again once the Restore was deleted', async () => {
  const recovery = await waitForCondition(alice, await register(), 'succeeded');
  const { prod } = environment.clusters;
  const restore = boundRestore(recovery, discovery.resources());
  const { name, namespace } = restore.metadata;
  await prod.kubectl('delete', 'restores.velero.io', name, '-n', namespace ?? '', '--wait=false');
  expect(await attempt(restore)).toBe('TokenUsed');
  await prod.kubectl(
    ...['patch', 'restores.velero.io', name, '-n', namespace ?? ''],
    // Only by break-glass: the finalizer is what holds the name.
    ...[
      '--type=merge',
      '-p',
      JSON.stringify({ metadata: { finalizers: null, annotations: { [ANNOTATIONS.bypassReason]: 'a test' } } }),
    ],
  );
  await waitUntil(
    'the Restore to be gone',
    async () => {
      return (await catalogue.find(VELERO.restores, { name, namespace })) === undefined;
    },
    { timeoutSeconds: 60 },
  );
  expect(await attempt(restore)).toBe('TokenUsed');
  expect(await catalogue.find(VELERO.restores, { name, namespace })).toBeUndefined();
});

test('a dry run is judged and consumes nothing', async () => {
  const held = await getGrant(alice, 'shop/shop');
  const recovery = await recoveryFor({ held, backup: 'whole', destination: environment.clusters.prod.clusterId });
  const judged = await alice.create(OWN.recoveries, recovery, { dryRun: true });
  expect(judged.metadata.uid).not.toBe('');
  const patched = await recoveryFor({
    held,
    backup: 'nowhere',
    destination: environment.clusters.prod.clusterId,
    restore: WHOLE_GROUP,
  });
  await expect(alice.create(OWN.recoveries, patched, { dryRun: true })).rejects.toThrow('PointNotFound');
  await expect(alice.get(OWN.recoveries, recovery.metadata)).rejects.toThrow('not found');
});
