import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { recoveryHash, restoreName } from '../../api/digest.ts';
import { findCondition } from '../../api/kinds/condition.ts';
import type { KubeObject } from '../../api/kinds/object-meta.ts';
import type { RestoreChoice } from '../../api/kinds/recovery.ts';
import { CORE } from '../../api/kubernetes/core-types.ts';
import { OWN, resourceType } from '../../api/kubernetes/resource-type.ts';
import { LABELS, REQUESTS_NAMESPACE } from '../../api/names.ts';
import { type RestoreStatus, VELERO } from '../../api/velero/velero-types.ts';
import { NOW, uidOf } from '../../test/fakes/fake-authority.ts';
import { FakeDownloads } from '../../test/fakes/fake-downloads.ts';
import { FakeObjectServer } from '../../test/fakes/fake-object-server.ts';
import { putHeldNamespace } from '../../test/fakes/held-namespace.ts';
import { RECOVERY_NAME, recoveryObject, restoreObject } from '../../test/fakes/recovery-objects.ts';
import { RecoveryScenario } from '../../test/fakes/recovery-scenario.ts';
import { recoveryTools } from '../../test/fakes/recovery-tools.ts';
import { recoveryClaims, START_TIME } from '../../test/fakes/sample-claims.ts';
import { stepObserve } from './step-observe.ts';

const AT = { namespace: REQUESTS_NAMESPACE, name: RECOVERY_NAME } as const;
const RESTORE_UID = uidOf('restore');
const RESTORE = { namespace: 'velero', name: restoreName(RECOVERY_NAME) } as const;

let server: FakeObjectServer;
let scenario: RecoveryScenario;
let nowMs: number;
/** What the owners were told. */
let events: string[];

beforeEach(async () => {
  scenario = await RecoveryScenario.create();
  server = await FakeObjectServer.start();
  nowMs = NOW.getTime();
  events = [];
  await register();
});

afterEach(() => server.stop());

const register = async (restore: RestoreChoice = { volumes: 'Restore', existingResources: 'Keep' }) => {
  const { accessToken } = await scenario.register();
  const { spec } = recoveryObject();
  const status = {
    restoreRef: RESTORE,
    admission: { restoreUID: RESTORE_UID, time: NOW.toISOString(), stored: true },
    targets: [{ source: 'shop', name: 'shop', reserved: false }],
  };
  server.put(OWN.recoveries, recoveryObject({ spec: { ...spec, accessToken, restore }, status }));
};

const veleroSays = (status: RestoreStatus) =>
  server.put(VELERO.restores, { ...restoreObject({ uid: RESTORE_UID }), status });

const progressing = (itemsRestored: number) =>
  veleroSays({ phase: 'InProgress', progress: { itemsRestored, totalItems: 40 } });

const moves = (bytesDone: number, phase = 'InProgress') =>
  server.put(VELERO.podVolumeRestores, {
    apiVersion: 'velero.io/v1',
    kind: 'PodVolumeRestore',
    metadata: { name: 'data', namespace: 'velero', labels: { 'velero.io/restore-uid': RESTORE_UID } },
    spec: {},
    status: { phase, progress: { totalBytes: 100, bytesDone } },
  });

const observe = async () => {
  const recovery = server.find(OWN.recoveries, AT);
  if (recovery === undefined) throw new Error('the Recovery is gone');
  return stepObserve({
    recovery,
    hash: recoveryHash(RECOVERY_NAME),
    tools: recoveryTools(scenario.here, {
      ...{ client: server.client, state: scenario.state, clock: () => nowMs },
      events: { tell: async (_, reason) => void events.push(reason) },
    }),
  });
};

const told = () => server.find(OWN.recoveries, AT)?.status ?? {};
const writes = () => server.writes.filter(write => write.includes('/recoveries/')).length;

describe('while Velero restores', () => {
  test('items and volumes are told', async () => {
    progressing(12);
    moves(25);
    expect(await observe()).toEqual({ kind: 'wait', againInMs: 2_000 });
    expect(told().progress).toEqual({
      phase: 'InProgress',
      itemsRestored: 12,
      totalItems: 40,
      volumes: { completed: 0, failed: 0, total: 1, bytesDone: 25, totalBytes: 100 },
      updateTime: NOW.toISOString(),
    });
  });

  test('figures that moved are written every two seconds, however often Velero changes them', async () => {
    for (let items = 0; items < 40; items += 1) {
      progressing(items);
      await observe();
      nowMs += 250;
    }
    expect(writes()).toBe(5);
    expect(told().progress?.itemsRestored).toBe(32);
  });

  test('figures that wait are written when their time has come, though nothing more happens', async () => {
    progressing(1);
    await observe();
    nowMs += 500;
    progressing(2);
    expect(await observe()).toEqual({ kind: 'wait', againInMs: 1_500 });
    nowMs += 1_500;
    await observe();
    expect(told().progress?.itemsRestored).toBe(2);
  });

  test('what happens beside figures is written at once', async () => {
    progressing(1);
    await observe();
    nowMs += 100;
    veleroSays({ phase: 'Finalizing', progress: { itemsRestored: 40, totalItems: 40 } });
    await observe();
    expect(told().progress).toMatchObject({ phase: 'Finalizing', itemsRestored: 40 });
  });

  test('nothing is written where nothing has changed', async () => {
    progressing(1);
    await observe();
    nowMs += 60_000;
    await observe();
    expect(writes()).toBe(1);
  });

  test('a clock that went back holds no figures up', async () => {
    progressing(1);
    await observe();
    nowMs -= 3_600_000;
    progressing(2);
    await observe();
    expect(told().progress?.itemsRestored).toBe(2);
  });
});

describe('volumes', () => {
  test('that were not asked for are not looked for', async () => {
    await register({ volumes: 'Skip', existingResources: 'Keep' });
    progressing(1);
    moves(1);
    await observe();
    expect(told().progress).not.toHaveProperty('volumes');
    expect(server.api.requests.some(({ url }) => url.includes('podvolumerestores'))).toBe(false);
  });

  test('that cannot be read hold up no recovery, and stay as they were told', async () => {
    progressing(1);
    moves(25);
    await observe();
    server.failure = ({ url }) => (url.includes('podvolumerestores') ? 403 : undefined);
    nowMs += 5_000;
    veleroSays({ phase: 'Completed', progress: { itemsRestored: 40, totalItems: 40 } });
    await observe();
    expect(told().progress?.volumes?.bytesDone).toBe(25);
    expect(told().conditions?.[0]).toMatchObject({ type: 'Succeeded', status: 'True' });
  });

  test('are told as they were when Velero was done', async () => {
    progressing(1);
    moves(25);
    await observe();
    moves(90, 'Completed');
    veleroSays({ phase: 'Completed', progress: { itemsRestored: 40, totalItems: 40 } });
    await observe();
    expect(told().progress?.volumes).toMatchObject({ completed: 1, bytesDone: 100 });
  });
});

describe('workloads of every kind', () => {
  const desired = { spec: { replicas: 2 }, metadata: { generation: 2 } };

  test.each<[string, string, object, boolean]>([
    ['Deployment', 'deployments', { observedGeneration: 2, readyReplicas: 2 }, true],
    ['Deployment', 'deployments', { observedGeneration: 1, readyReplicas: 2 }, false],
    ['Deployment', 'deployments', { readyReplicas: 2 }, false],
    ['StatefulSet', 'statefulsets', { observedGeneration: 2, readyReplicas: 2 }, true],
    ['StatefulSet', 'statefulsets', { observedGeneration: 2, readyReplicas: 1 }, false],
    ['DaemonSet', 'daemonsets', { observedGeneration: 2, numberReady: 3, desiredNumberScheduled: 3 }, true],
    ['DaemonSet', 'daemonsets', { observedGeneration: 2, numberReady: 2, desiredNumberScheduled: 3 }, false],
    ['DaemonSet', 'daemonsets', { observedGeneration: 2, desiredNumberScheduled: 3 }, false],
  ])('a %s (%s) with %j is ready: %s', async (kind, plural, status, isReady) => {
    server.put(resourceType<KubeObject>('apps/v1', kind, plural, true), {
      apiVersion: 'apps/v1',
      kind,
      metadata: {
        name: 'web',
        namespace: 'shop',
        labels: { 'velero.io/restore-name': RESTORE.name },
        ...desired.metadata,
      },
      ...{ spec: desired.spec, status },
    });
    veleroSays({ phase: 'Completed', progress: { itemsRestored: 40, totalItems: 40 } });
    expect((await observe()).kind).toBe(isReady ? 'next' : 'wait');
    expect(told().workloads).toMatchObject({ ready: isReady ? 1 : 0, total: 1 });
  });
});

describe('workloads', () => {
  const DEPLOYMENTS = resourceType<KubeObject>('apps/v1', 'Deployment', 'deployments', true);
  const deployment = (readyReplicas: number) =>
    server.put(DEPLOYMENTS, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'shop', labels: { 'velero.io/restore-name': RESTORE.name } },
      ...{ spec: { replicas: 3 }, status: { observedGeneration: 1, readyReplicas } },
    });

  test('that do not run yet are told with how far they are', async () => {
    veleroSays({ phase: 'Completed', progress: { itemsRestored: 40, totalItems: 40 } });
    deployment(1);
    expect(await observe()).toEqual({ kind: 'wait', againInMs: 1_000 });
    expect(told().workloads).toEqual({
      ready: 0,
      total: 1,
      notReady: [{ kind: 'Deployment', namespace: 'shop', name: 'web', ready: 1, wanted: 3 }],
    });
  });

  test('end the recovery when they run', async () => {
    veleroSays({ phase: 'Completed', progress: { itemsRestored: 40, totalItems: 40 } });
    deployment(3);
    expect(await observe()).toMatchObject({ kind: 'next' });
    expect(told().workloads).toEqual({ ready: 1, total: 1, notReady: [] });
  });
});

describe('what became of it', () => {
  const completed = { progress: { itemsRestored: 40, totalItems: 40 } };
  const succeeded = () => findCondition(told().conditions, 'Succeeded');
  const shop = () => server.find(CORE.namespaces, { name: 'shop' });
  const mark = { [LABELS.recovering]: recoveryHash(RECOVERY_NAME) };

  /** The target, marked; reserved if it was made for the recovery. */
  const putTarget = (reserved = false) => {
    const uid = uidOf('namespace shop');
    const metadata = { name: 'shop', uid, labels: { team: 'shop', ...mark } };
    server.put(CORE.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata });
    const recovery = server.find(OWN.recoveries, AT);
    if (recovery === undefined) throw new Error('the Recovery is gone');
    const targets = [{ source: 'shop', name: 'shop', uid, reserved }];
    server.put(OWN.recoveries, { ...recovery, status: { ...recovery.status, targets } });
  };

  /** The Backup that was validated, by the recovery token, and the one of its name that is there. */
  const putPoint = async (uid: string) => {
    const recovery = server.find(OWN.recoveries, AT);
    const recoveryToken = await scenario.here.issueRecoveryToken(recoveryClaims(scenario.here));
    const point = { backup: 'nightly-1', namespace: 'velero', source: scenario.source.id, startTime: START_TIME };
    if (recovery === undefined) throw new Error('the Recovery is gone');
    server.put(OWN.recoveries, { ...recovery, status: { ...recovery.status, recoveryToken, point } });
    const metadata = { namespace: 'velero', name: 'nightly-1', uid };
    const spec = { storageLocation: 'default' };
    server.put(VELERO.backups, { apiVersion: 'velero.io/v1', kind: 'Backup', metadata, spec });
  };

  beforeEach(() => {
    putTarget();
    // Velero gives nothing out.
    server.failure = ({ url }) => (url.includes('downloadrequests') ? 403 : undefined);
  });

  test('is not looked at again once it is told', async () => {
    veleroSays({ phase: 'Completed', ...completed });
    await observe();
    server.remove(VELERO.restores, RESTORE);
    const { length } = server.writes;
    expect(await observe()).toMatchObject({ kind: 'next' });
    expect(server.writes).toHaveLength(length);
  });

  test('is waited for as long as nobody says which Restore it is', async () => {
    server.put(OWN.recoveries, recoveryObject());
    expect(await observe()).toMatchObject({ kind: 'wait' });
    expect(server.writes).toEqual([]);
  });

  test('is success only once Velero is done and the mark is off', async () => {
    veleroSays({ phase: 'Completed', ...completed });
    await observe();
    expect(succeeded()).toMatchObject({ status: 'True', reason: 'Recovered' });
    expect(events).toEqual(['RecoverySucceeded']);
    expect(shop()?.metadata.labels).toEqual({ team: 'shop' });
  });

  test.each(['Completed', 'PartiallyFailed'])('is the owners’, where namespaces were made for it: %s', async phase => {
    putTarget(true);
    veleroSays({ phase, ...completed });
    await observe();
    const bindings = server.list(CORE.roleBindings);
    expect(bindings.map(({ metadata, subjects }) => [metadata.namespace, subjects?.[0]?.name])).toEqual([
      ['shop', 'alice'],
    ]);
  });

  test.each([
    'Completed',
    'PartiallyFailed',
  ])('is the group’s, which was gone, and is registered again: %s', async phase => {
    scenario = await RecoveryScenario.create('gone');
    await register();
    for (const name of ['shop', 'shop-db']) putHeldNamespace(server, name, scenario.groupId);
    veleroSays({ phase, ...completed });
    await observe();
    expect(server.list(OWN.applicationGroups).map(({ metadata }) => metadata.name)).toEqual(['shop']);
  });

  test.each<[string, RestoreStatus, string]>([
    ['RestorePartiallyFailed', { phase: 'PartiallyFailed', errors: 3, ...completed }, 'failed on 3'],
    ['RestoreFailed', { phase: 'Failed', failureReason: 'it broke' }, 'it broke'],
    ['RestoreFailed', { phase: 'FailedValidation', validationErrors: ['this', 'that'] }, 'this; that'],
    ['RestoreFailed', { phase: 'Failed' }, 'Velero gave no reason'],
  ])('%s: as Velero says', async (code, status, message) => {
    veleroSays(status);
    await observe();
    expect(succeeded()).toMatchObject({ status: 'False', reason: code });
    expect(events).toEqual([code]);
    expect(succeeded()?.message).toContain(message);
    expect(shop()?.metadata.labels).toEqual({ team: 'shop' });
  });

  test('WorkloadsNotReady: it is given up when their time is over, and not before', async () => {
    server.put(resourceType<KubeObject>('apps/v1', 'Deployment', 'deployments', true), {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'shop', labels: { 'velero.io/restore-name': RESTORE.name } },
      ...{ spec: { replicas: 3 }, status: { observedGeneration: 1, readyReplicas: 1 } },
    });
    veleroSays({ phase: 'Completed', completionTimestamp: NOW.toISOString(), ...completed });
    nowMs += 600_000 - 1;
    expect(await observe()).toMatchObject({ kind: 'wait' });
    nowMs += 1;
    await observe();
    expect(succeeded()).toMatchObject({ status: 'False', reason: 'WorkloadsNotReady' });
    expect(succeeded()?.message).toContain('Deployment shop/web');
  });

  test.each<[string, () => void]>([
    ['was deleted', () => server.remove(VELERO.restores, RESTORE)],
    [
      'is another one of its name than was admitted',
      () => void server.put(VELERO.restores, { ...restoreObject({ uid: uidOf('another') }), status: { phase: 'New' } }),
    ],
  ])('RestoreGone: where the Restore %s', async (_, given) => {
    veleroSays({ phase: 'InProgress' });
    given();
    await observe();
    expect(succeeded()).toMatchObject({ status: 'False', reason: 'RestoreGone' });
    expect(shop()?.metadata.labels).toEqual({ team: 'shop' });
  });

  test.each([
    ['New', false],
    ['', false],
    ['InProgress', true],
    ['Completed', true],
  ])('PointChanged: where the Backup was replaced, in phase "%s"; what waits is taken back', async (phase, stays) => {
    await putPoint(uidOf('another backup'));
    veleroSays({ phase });
    await observe();
    expect(succeeded()).toMatchObject({ status: 'False', reason: 'PointChanged' });
    expect(server.find(VELERO.restores, RESTORE) !== undefined).toBe(stays);
    expect(shop()?.metadata.labels).toEqual({ team: 'shop' });
  });

  test('is judged as ever where the Backup is the one that was validated', async () => {
    await putPoint(uidOf('backup nightly-1'));
    veleroSays({ phase: 'Completed', ...completed });
    await observe();
    expect(succeeded()).toMatchObject({ status: 'True' });
  });
});

describe('a restore that failed on some items', () => {
  const partiallyFailed = () =>
    veleroSays({ phase: 'PartiallyFailed', errors: 2, progress: { itemsRestored: 40, totalItems: 40 } });

  test('is told with what Velero failed on', async () => {
    const errors = { namespaces: { shop: ['error restoring configmaps/shop/settings: denied'] } };
    const bucket = await FakeDownloads.start(server, { RestoreResults: gzipSync(JSON.stringify({ errors })) });
    partiallyFailed();
    await observe();
    bucket.stop();
    expect(told().results).toEqual({
      warnings: 0,
      errors: 2,
      failures: ['error restoring configmaps/shop/settings: denied'],
    });
  });

  test('is told without it too, when it cannot be read', async () => {
    server.failure = ({ url }) => (url.includes('downloadrequests') ? 403 : undefined);
    partiallyFailed();
    await observe();
    expect(told().results).toEqual({ warnings: 0, errors: 2, failures: [] });
    expect(findCondition(told().conditions, 'Succeeded')).toMatchObject({ reason: 'RestorePartiallyFailed' });
  });
});
