import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { digestOf, recoveryHash, restoreName } from '../../api/digest.ts';
import { findCondition } from '../../api/kinds/condition.ts';
import type { Stored } from '../../api/kinds/object-meta.ts';
import type { Recovery, RecoveryStatus } from '../../api/kinds/recovery.ts';
import { CORE } from '../../api/kubernetes/core-types.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { LABELS, REQUESTS_NAMESPACE } from '../../api/names.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { type RecoveryClaims, recoveryToken } from '../../api/tokens/kinds.ts';
import { clusterUrn, gateUrn } from '../../api/tokens/urns.ts';
import { decodeToken } from '../../api/tokens/verify-token.ts';
import { NOW, uidOf } from '../../test/fakes/fake-authority.ts';
import { FakeObjectServer } from '../../test/fakes/fake-object-server.ts';
import { RECOVERY_NAME } from '../../test/fakes/recovery-objects.ts';
import { RecoveryScenario } from '../../test/fakes/recovery-scenario.ts';
import { recoveryTools, storedRecovery } from '../../test/fakes/recovery-tools.ts';
import { validationDigest } from '../checks/validated-plan.ts';
import { reconcileRecovery } from './reconcile-recovery.ts';
import { stepIssue } from './step-issue.ts';

/** A Recovery of `shop/shop` by alice at home, whose namespaces are there. */

const AT = { namespace: REQUESTS_NAMESPACE, name: RECOVERY_NAME } as const;
const MINUTE_MS = 60_000;

let server: FakeObjectServer;
let scenario: RecoveryScenario;
let nowMs: number;
/** Hashes of the other recoveries that run. */
let running: string[];

beforeEach(async () => {
  scenario = await RecoveryScenario.create();
  scenario.hash = recoveryHash(RECOVERY_NAME);
  server = await FakeObjectServer.start();
  nowMs = NOW.getTime();
  running = [];
  for (const name of ['shop', 'shop-db']) putNamespace(name);
  await register();
});

afterEach(() => server.stop());

const putNamespace = (name: string, labels: Readonly<Record<string, string>> = {}, uid = uidOf(`namespace ${name}`)) =>
  server.put(CORE.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name, uid, labels } });

const register = async (status: RecoveryStatus = {}, part: Partial<Recovery['spec']> = {}) => {
  const { accessToken, restore, requester } = await scenario.register();
  const recovery = storedRecovery({ spec: { requester, accessToken, restore, ...part }, status });
  return server.put(OWN.recoveries, recovery);
};

const recoveryNow = (): Stored<Recovery> => {
  const recovery = server.find(OWN.recoveries, AT);
  if (recovery === undefined) throw new Error('the Recovery is gone');
  return recovery;
};

const tools = () =>
  recoveryTools(scenario.here, {
    client: server.client,
    state: scenario.state,
    clock: () => nowMs,
    isRunning: hash => running.includes(hash),
  });

const issue = () => stepIssue({ recovery: recoveryNow(), hash: scenario.hash, tools: tools() });
const status = (): RecoveryStatus => recoveryNow().status ?? {};
const condition = (type: string) => findCondition(status().conditions, type);
const claims = (): RecoveryClaims => decodeToken(recoveryToken, status().recoveryToken ?? '').claims;
const markOf = (name: string) => server.find(CORE.namespaces, { name })?.metadata.labels?.[LABELS.recovering];

describe('a recovery token', () => {
  test('binds requester, group, point, targets, restore and validation, for the gate of this cluster', async () => {
    const plan = await scenario.plan();
    expect(await issue()).toMatchObject({ kind: 'next' });
    const { backup } = plan.point;
    expect(claims()).toEqual({
      iss: clusterUrn(scenario.here.id),
      sub: 'alice',
      aud: gateUrn(scenario.here.id),
      iat: NOW.getTime() / 1000,
      exp: NOW.getTime() / 1000 + 600,
      jti: uidOf('recovery'),
      groupID: scenario.groupId,
      point: { backup: backup.name, uid: backup.uid, location: backup.location },
      targets: [
        ['shop', uidOf('namespace shop')],
        ['shop-db', uidOf('namespace shop-db')],
      ],
      restore: { namespace: 'velero', name: restoreName(RECOVERY_NAME), specDigest: digestOf(plan.restoreSpec) },
      validationDigest: validationDigest(uidOf('recovery'), plan),
      approvals: [],
    });
  });

  test('is told together with what was validated and reserved', async () => {
    await issue();
    expect(status()).toMatchObject({
      validationDigest: claims().validationDigest,
      groupID: scenario.groupId,
      point: { backup: 'nightly-1', namespace: 'velero', source: scenario.source.id },
      restoreRef: { namespace: 'velero', name: restoreName(RECOVERY_NAME) },
    });
    expect(status().targets?.map(({ name }) => name)).toEqual(['shop', 'shop-db']);
    expect(status().checks?.length).toBeGreaterThan(5);
    expect(condition('Validated')).toMatchObject({ status: 'True' });
    expect(condition('TokenIssued')).toMatchObject({ status: 'True' });
    expect([markOf('shop'), markOf('shop-db')]).toEqual([scenario.hash, scenario.hash]);
  });

  test('is signed anew half a minute before its end, with the same jti, and not sooner', async () => {
    await issue();
    const first = status().recoveryToken;
    nowMs += 9.5 * MINUTE_MS - 1;
    await issue();
    expect(status().recoveryToken).toBe(first);
    nowMs += 1;
    await issue();
    expect(status().recoveryToken).not.toBe(first);
    expect(claims()).toMatchObject({ jti: uidOf('recovery'), exp: Math.floor(nowMs / 1000) + 600 });
  });

  test('is not signed any more once its Restore is stored', async () => {
    await register({ admission: { restoreUID: uidOf('restore'), time: NOW.toISOString(), stored: true } });
    expect(await issue()).toMatchObject({ kind: 'next' });
    expect(server.writes).toEqual([]);
  });

  test('is signed again where an admission came to nothing', async () => {
    await register({ admission: { restoreUID: uidOf('restore'), time: NOW.toISOString(), stored: false } });
    await issue();
    expect(status().recoveryToken).toBeDefined();
  });

  test('is not told where somebody wrote the Recovery meanwhile', async () => {
    server.meanwhile = ({ method, url }) => {
      if (method === 'PUT' && url.includes('/recoveries/')) server.put(OWN.recoveries, recoveryNow());
    };
    await expect(issue()).rejects.toMatchObject({ reason: 'Conflict' });
    expect(status().recoveryToken).toBeUndefined();
  });
});

describe('no token is signed', () => {
  const expectEnded = (code: string) => {
    expect(condition('Succeeded')).toMatchObject({ status: 'False', reason: code });
    expect(status().recoveryToken).toBeUndefined();
  };

  test('PointNotReady: what was valid at registration is judged once more, and the checks are told', async () => {
    scenario.backup = { ...scenario.backup, deleting: true };
    await register();
    await issue();
    expectEnded('PointNotReady');
    expect(condition('Validated')).toMatchObject({ status: 'False', reason: 'PointNotReady' });
    expect(condition('Succeeded')?.message).toContain('is being deleted');
    expect(condition('Succeeded')?.message).toContain('kubectl recover points GROUP');
    expect(status().checks?.some(({ code }) => code === 'PointNotReady')).toBe(true);
    expect(markOf('shop')).toBeUndefined();
  });

  test('RequesterMismatch: of whom nobody says who asked', async () => {
    const { requester: _, ...spec } = recoveryNow().spec;
    server.put(OWN.recoveries, storedRecovery({ spec }));
    await issue();
    expectEnded('RequesterMismatch');
  });

  test('RequesterMismatch: for another than the one who asked', async () => {
    await register({}, { requester: { username: 'bob' } });
    await issue();
    expectEnded('RequesterMismatch');
  });

  test('the registration is judged as of when it was made: its tokens may have expired since', async () => {
    nowMs += 20 * MINUTE_MS;
    await issue();
    expect(status().recoveryToken).toBeDefined();
  });

  test('NamespaceTaken: where a target was made anew since it was looked at', async () => {
    putNamespace('shop', {}, uidOf('made anew'));
    await issue();
    expectEnded('NamespaceTaken');
  });

  test('where a target cannot be reserved for the moment, which ends nothing', async () => {
    server.failure = ({ method }) => (method === 'PATCH' ? 500 : undefined);
    await expect(issue()).rejects.toMatchObject({ statusCode: 500 });
    expect(condition('Succeeded')).toBeUndefined();
  });

  test('where the key to sign with cannot be had for the moment, which ends nothing', async () => {
    const unavailable = () => {
      throw new RecoverError({ code: 'StateUnavailable', message: 'not now' });
    };
    const step = stepIssue({
      recovery: recoveryNow(),
      hash: scenario.hash,
      tools: { ...tools(), admissionKey: unavailable },
    });
    await expect(step).rejects.toMatchObject({ code: 'StateUnavailable' });
    expect(condition('Succeeded')).toBeUndefined();
  });

  test('as long as another recovery runs into a target, which is told once', async () => {
    putNamespace('shop-db', { [LABELS.recovering]: 'another-recovery' });
    running = ['another-recovery'];
    expect(await issue()).toEqual({ kind: 'wait', againInMs: 500 });
    expect(condition('TokenIssued')).toMatchObject({ status: 'Unknown', reason: 'TargetBusy' });
    expect(condition('TokenIssued')?.message).toContain('"shop-db"');
    const { resourceVersion } = recoveryNow().metadata;
    expect(await issue()).toEqual({ kind: 'wait', againInMs: 500 });
    expect(recoveryNow().metadata.resourceVersion).toBe(resourceVersion);
    running = [];
    await issue();
    expect(condition('TokenIssued')).toMatchObject({ status: 'True' });
  });
});

describe('a recovery', () => {
  const reconcile = () => reconcileRecovery(tools())(`${AT.namespace}/${AT.name}`);

  test('that is gone needs nothing', async () => {
    server.remove(OWN.recoveries, AT);
    expect(await reconcile()).toEqual({});
    expect(server.writes).toEqual([]);
  });

  test('that has ended is only released: nothing is signed or restored for it', async () => {
    putNamespace('shop', { [LABELS.recovering]: scenario.hash });
    for (const succeeded of ['True', 'False'] as const) {
      const ended = { lastTransitionTime: NOW.toISOString(), reason: 'Ended', message: '' };
      await register({ conditions: [{ ...ended, type: 'Succeeded', status: succeeded }] });
      expect(await reconcile()).toEqual({});
      expect(status().recoveryToken).toBeUndefined();
    }
    expect(markOf('shop')).toBeUndefined();
    expect(server.writes.filter(write => write.includes('/restores'))).toEqual([]);
  });

  test('goes on to the Restore with the token that it was given', async () => {
    await reconcile();
    expect(server.writes.filter(write => write.startsWith('POST') && write.includes('/restores'))).toHaveLength(1);
    expect(status().admission?.stored).toBe(true);
  });

  test('that waits is looked at again', async () => {
    putNamespace('shop', { [LABELS.recovering]: 'another-recovery' });
    running = ['another-recovery'];
    expect(await reconcile()).toEqual({ againInMs: 500 });
  });
});
