import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { recoveryHash } from '../../api/digest.ts';
import type { RecoveryStatus } from '../../api/kinds/recovery.ts';
import { VELERO } from '../../api/velero/velero-types.ts';
import { codeOf } from '../../test/fakes/code-of.ts';
import { FakeCluster, uidOf } from '../../test/fakes/fake-authority.ts';
import { FakeClusterState } from '../../test/fakes/fake-cluster-state.ts';
import { FakeObjectServer } from '../../test/fakes/fake-object-server.ts';
import { RECOVERY_NAME } from '../../test/fakes/recovery-objects.ts';
import { recoveryTools, storedRecovery } from '../../test/fakes/recovery-tools.ts';
import { recoveryClaims } from '../../test/fakes/sample-claims.ts';
import { pointChange } from './point-change.ts';

const AT = { namespace: 'velero', name: 'nightly-1' } as const;
const VALIDATED = uidOf('backup nightly-1');

let here: FakeCluster;
let server: FakeObjectServer;
let status: RecoveryStatus;

beforeEach(async () => {
  here = await FakeCluster.create('prod');
  server = await FakeObjectServer.start();
  putBackup();
  status = {
    point: { backup: 'nightly-1', namespace: 'velero', source: here.id, startTime: '2026-03-02T03:00:00Z' },
    recoveryToken: await here.issueRecoveryToken(recoveryClaims(here)),
  };
});

afterEach(() => server.stop());

const putBackup = (uid = VALIDATED, storageLocation = 'default', namespace: string = AT.namespace) =>
  server.put(VELERO.backups, {
    apiVersion: 'velero.io/v1',
    kind: 'Backup',
    metadata: { ...AT, namespace, uid },
    spec: { storageLocation },
    status: { phase: 'Completed' },
  });

const change = () => {
  return pointChange({
    recovery: storedRecovery({ status }),
    hash: recoveryHash(RECOVERY_NAME),
    tools: recoveryTools(here, { client: server.client, state: new FakeClusterState(here) }),
  });
};

describe('a point has not changed', () => {
  test('that is the one that was validated', async () => {
    expect(await change()).toBeUndefined();
  });

  test('whatever else Velero writes onto it', async () => {
    const backup = putBackup();
    server.put(VELERO.backups, { ...backup, status: { phase: 'Deleting' } });
    expect(await change()).toBeUndefined();
  });

  test('though another Velero has one of its name', async () => {
    putBackup(uidOf('another'), 'elsewhere', 'velero-2');
    expect(await change()).toBeUndefined();
  });

  test('of which nothing was signed yet: there is nothing to compare', async () => {
    server.remove(VELERO.backups, AT);
    const { recoveryToken, ...unsigned } = status;
    status = unsigned;
    expect(await change()).toBeUndefined();
    status = recoveryToken === undefined ? {} : { recoveryToken };
    expect(await change()).toBeUndefined();
  });
});

describe('a point has changed', () => {
  test('that was deleted', async () => {
    server.remove(VELERO.backups, AT);
    expect(await change()).toBe('backup "nightly-1" was deleted while the recovery ran');
  });

  test('that was deleted here, while another Velero has one of its name', async () => {
    server.remove(VELERO.backups, AT);
    putBackup(VALIDATED, 'default', 'velero-2');
    expect(await change()).toContain('was deleted');
  });

  test('that was deleted and synced back', async () => {
    putBackup(uidOf('synced back'));
    expect(await change()).toBe(
      `backup "nightly-1" was replaced while the recovery ran: ${VALIDATED} in "default" was validated, ${uidOf('synced back')} in "default" is there`,
    );
  });

  test('that was moved to another location, as the same object', async () => {
    putBackup(VALIDATED, 'of-the-attacker');
    expect(await change()).toContain('"of-the-attacker" is there');
  });

  test('that is another one in another location', async () => {
    putBackup(uidOf('synced back'), 'of-the-attacker');
    expect(await change()).toContain('was replaced');
  });
});

test('where the API server does not answer, nobody says that the point is gone', async () => {
  server.failure = () => 500;
  await expect(change()).rejects.toMatchObject({ statusCode: 500 });
});

test('a token that is none is not taken for one that names no point', async () => {
  status = { ...status, recoveryToken: 'x.y.z' };
  expect(await codeOf(change)).toBe('TokenMalformed');
});
