import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { recoveryHash, restoreName } from '../../api/digest.ts';
import { findCondition } from '../../api/kinds/condition.ts';
import type { RecoveryStatus } from '../../api/kinds/recovery.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { ANNOTATIONS, LABELS, REQUESTS_NAMESPACE, RESTORE_FINALIZER } from '../../api/names.ts';
import { VELERO } from '../../api/velero/velero-types.ts';
import { failureStatus } from '../../test/fakes/fake-api-server.ts';
import { FakeCluster, NOW, uidOf } from '../../test/fakes/fake-authority.ts';
import { FakeClusterState } from '../../test/fakes/fake-cluster-state.ts';
import { FakeObjectServer } from '../../test/fakes/fake-object-server.ts';
import { RECOVERY_NAME, restoreObject } from '../../test/fakes/recovery-objects.ts';
import { recoveryTools, storedRecovery } from '../../test/fakes/recovery-tools.ts';
import { stepCreateRestore } from './step-create-restore.ts';

const AT = { namespace: REQUESTS_NAMESPACE, name: RECOVERY_NAME } as const;
const RESTORE = { namespace: 'velero', name: restoreName(RECOVERY_NAME) } as const;
const HASH = recoveryHash(RECOVERY_NAME);
const TOKEN = 'e30.e30.AA';

let server: FakeObjectServer;
let here: FakeCluster;
let told: string[];

const ISSUED: RecoveryStatus = {
  point: { backup: 'nightly-1', namespace: 'velero', source: 'prod', startTime: '2026-03-02T03:00:00Z' },
  targets: [{ source: 'shop', name: 'shop', reserved: false }],
  recoveryToken: TOKEN,
  restoreRef: RESTORE,
};

beforeEach(async () => {
  server = await FakeObjectServer.start();
  here = await FakeCluster.create('prod');
  told = [];
  server.put(OWN.recoveries, storedRecovery({ status: ISSUED }));
});

afterEach(() => server.stop());

const create = async () => {
  const recovery = server.find(OWN.recoveries, AT);
  if (recovery === undefined) throw new Error('the Recovery is gone');
  const tools = recoveryTools(here, {
    client: server.client,
    state: new FakeClusterState(here),
    events: { tell: async (_, reason) => void told.push(reason) },
  });
  return stepCreateRestore({ recovery, hash: HASH, tools });
};

const status = () => server.find(OWN.recoveries, AT)?.status ?? {};
const condition = (type: string) => findCondition(status().conditions, type);
const restores = () => server.writes.filter(write => write.startsWith('POST') && write.includes('/restores'));

const gateSays = (...codes: readonly string[]): void => {
  server.failure = ({ method, url }) =>
    method === 'POST' && url.includes('/restores')
      ? failureStatus(403, 'Forbidden', { causes: codes.map(reason => ({ reason, message: `since ${reason}` })) })
      : undefined;
};

describe('the Restore', () => {
  test('carries the token, the mark of its recovery and our finalizer, and is noted as stored', async () => {
    expect(await create()).toMatchObject({ kind: 'next' });
    const restore = server.find(VELERO.restores, RESTORE);
    expect(restore?.metadata).toMatchObject({
      annotations: { [ANNOTATIONS.recoveryToken]: TOKEN },
      labels: { [LABELS.recovery]: HASH },
      finalizers: [RESTORE_FINALIZER],
    });
    expect(restore?.spec).toMatchObject({ backupName: 'nightly-1', includedNamespaces: ['shop'] });
    expect(status().admission).toEqual({
      restoreUID: restore?.metadata.uid,
      time: NOW.toISOString(),
      stored: true,
    });
    expect(condition('Admitted')).toMatchObject({ status: 'True', reason: 'RestoreStored' });
    expect(told).toEqual(['RecoveryAdmitted']);
  });

  test('is not made again once it is stored, though somebody deleted it', async () => {
    await create();
    server.remove(VELERO.restores, RESTORE);
    expect(await create()).toMatchObject({ kind: 'next' });
    expect(restores()).toHaveLength(1);
  });

  test('keeps what the gate wrote while it was admitted', async () => {
    const time = '2026-03-02T11:59:59Z';
    server.meanwhile = ({ method, url }) => {
      if (method !== 'POST' || !url.includes('/restores')) return;
      const admission = { restoreUID: uidOf('an attempt'), time, stored: false };
      server.put(OWN.recoveries, storedRecovery({ status: { ...ISSUED, admission } }));
    };
    await create();
    expect(status().admission).toMatchObject({ time, stored: true });
    expect(status().admission?.restoreUID).toBe(server.find(VELERO.restores, RESTORE)?.metadata.uid);
  });

  test.each(['point', 'targets', 'recoveryToken', 'restoreRef'] as const)('waits for %s', async key => {
    const { [key]: _, ...rest } = ISSUED;
    server.put(OWN.recoveries, storedRecovery({ status: rest }));
    expect(await create()).toMatchObject({ kind: 'wait' });
    expect(server.writes).toEqual([]);
  });
});

describe('where its name is taken', () => {
  test('by the Restore of a crash before, or of another replica, that one is noted', async () => {
    server.put(VELERO.restores, restoreObject({ uid: uidOf('restore'), labels: { [LABELS.recovery]: HASH } }));
    expect(await create()).toMatchObject({ kind: 'next' });
    expect(status().admission).toMatchObject({ restoreUID: uidOf('restore'), stored: true });
  });

  test.each([
    ['another recovery', { [LABELS.recovery]: 'another' }],
    ['nobody we know', {}],
  ])('TokenUsed: by the Restore of %s, the recovery ends', async (_, labels) => {
    server.put(VELERO.restores, restoreObject({ uid: uidOf('restore'), labels }));
    await create();
    expect(condition('Succeeded')).toMatchObject({ status: 'False', reason: 'TokenUsed' });
    expect(status().admission).toBeUndefined();
  });

  test('and is free again when one looks, it is tried again', async () => {
    gateSays('TokenUsed');
    expect(await create()).toEqual({ kind: 'wait', againInMs: 1_000 });
    expect(condition('Succeeded')).toBeUndefined();
  });

  test('TokenUsed: the gate says so, and it was this recovery', async () => {
    server.put(VELERO.restores, restoreObject({ uid: uidOf('restore'), labels: { [LABELS.recovery]: HASH } }));
    gateSays('TokenUsed');
    expect(await create()).toMatchObject({ kind: 'next' });
    expect(status().admission).toMatchObject({ restoreUID: uidOf('restore'), stored: true });
  });
});

describe('what the gate refuses', () => {
  test.each(['TokenExpired', 'ValidationChanged', 'RestoreMismatch'])('%s: is signed once more', async code => {
    gateSays(code);
    expect(await create()).toEqual({ kind: 'wait', againInMs: 200 });
    expect(status().recoveryToken).toBeUndefined();
    expect(status()).toMatchObject({ point: ISSUED.point, targets: ISSUED.targets });
    expect(condition('Succeeded')).toBeUndefined();
  });

  test.each(['StateUnavailable', 'InternalError'])('%s: is tried again as it is', async code => {
    gateSays(code);
    await expect(create()).rejects.toMatchObject({ statusCode: 403 });
    expect(status()).toEqual(ISSUED);
  });

  test.each([
    ['Somebody'],
    [],
  ])('another webhook’s refusal is no end of the recovery: it may be mended', async (...codes) => {
    gateSays(...codes);
    await expect(create()).rejects.toMatchObject({ statusCode: 403 });
    expect(status()).toEqual(ISSUED);
  });

  test('anything else ends the recovery, with what the gate says', async () => {
    gateSays('Somebody', 'PolicyDenied');
    await create();
    expect(condition('Succeeded')).toMatchObject({ status: 'False', reason: 'PolicyDenied' });
    expect(told).toEqual(['PolicyDenied']);
  });

  test('an API server that does not answer ends nothing', async () => {
    server.failure = ({ url }) => (url.includes('/restores') ? 500 : undefined);
    await expect(create()).rejects.toMatchObject({ statusCode: 500 });
    expect(status()).toEqual(ISSUED);
  });
});
