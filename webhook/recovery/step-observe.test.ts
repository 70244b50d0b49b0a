import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { recoveryHash, restoreName } from '../../api/digest.ts';
import type { KubeObject } from '../../api/kinds/object-meta.ts';
import type { RestoreChoice } from '../../api/kinds/recovery.ts';
import { OWN, resourceType } from '../../api/kubernetes/resource-type.ts';
import { REQUESTS_NAMESPACE } from '../../api/names.ts';
import { type RestoreStatus, VELERO } from '../../api/velero/velero-types.ts';
import { NOW, uidOf } from '../../test/fakes/fake-authority.ts';
import { FakeObjectServer } from '../../test/fakes/fake-object-server.ts';
import { RECOVERY_NAME, recoveryObject, restoreObject } from '../../test/fakes/recovery-objects.ts';
import { RecoveryScenario } from '../../test/fakes/recovery-scenario.ts';
import { recoveryTools } from '../../test/fakes/recovery-tools.ts';
import { stepObserve } from './step-observe.ts';

const AT = { namespace: REQUESTS_NAMESPACE, name: RECOVERY_NAME } as const;
const RESTORE_UID = uidOf('restore');
const RESTORE = { namespace: 'velero', name: restoreName(RECOVERY_NAME) } as const;

let server: FakeObjectServer;
let scenario: RecoveryScenario;
let nowMs: number;

beforeEach(async () => {
  scenario = await RecoveryScenario.create();
  server = await FakeObjectServer.start();
  nowMs = NOW.getTime();
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
    tools: recoveryTools(scenario.here, { client: server.client, state: scenario.state, clock: () => nowMs }),
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
