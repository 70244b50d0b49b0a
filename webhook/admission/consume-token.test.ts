import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Stored } from '../../api/kinds/object-meta.ts';
import type { Recovery, RecoveryStatus } from '../../api/kinds/recovery.ts';
import { ApiError } from '../../api/kubernetes/api-error.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { VELERO } from '../../api/velero/velero-types.ts';
import { codeOf } from '../../test/fakes/code-of.ts';
import { NOW } from '../../test/fakes/fake-authority.ts';
import { FakeObjectServer } from '../../test/fakes/fake-object-server.ts';
import { RECOVERY_NAME, recoveryObject, restoreObject } from '../../test/fakes/recovery-objects.ts';
import { consumeToken } from './consume-token.ts';

const at = { namespace: 'kubectl-recover-requests', name: RECOVERY_NAME };
const TIME = NOW.toISOString();

let server: FakeObjectServer;

beforeEach(async () => {
  server = await FakeObjectServer.start();
});

afterEach(() => server.stop());

const store = (status?: RecoveryStatus): Stored<Recovery> =>
  server.put(OWN.recoveries, recoveryObject(status === undefined ? {} : { status }));

const consume = (recovery: Stored<Recovery>, uid: string): Promise<void> =>
  consumeToken({ client: server.client, recovery, restore: restoreObject({ uid }), now: NOW });

const admission = () => server.find(OWN.recoveries, at)?.status?.admission;
/** Another Restore was admitted before; by default so long ago that its create has had its time. */
const given = (restoreUID: string, stored = false, ageMs = 60_000): RecoveryStatus => ({
  admission: { restoreUID, time: new Date(NOW.getTime() - ageMs).toISOString(), stored },
});
const isWrite = ({ method }: { readonly method: string }): boolean => method === 'PUT';

describe('the first Restore', () => {
  test('gets the token, by its UID, not yet stored', async () => {
    await consume(store(), 'r1');
    expect(admission()).toEqual({ restoreUID: 'r1', time: TIME, stored: false });
  });

  test('leaves all else of the status and the spec as it was', async () => {
    const before = store({ validationDigest: 'sha256:1', recoveryToken: 'a.b.c' });
    await consume(before, 'r1');
    const after = server.find(OWN.recoveries, at);
    expect(after?.status).toMatchObject({ validationDigest: 'sha256:1', recoveryToken: 'a.b.c' });
    expect(after?.spec).toEqual(before.spec);
    expect(server.writes).toEqual([
      `PUT /apis/kubectl-recover.io/v1alpha1/namespaces/${at.namespace}/recoveries/${at.name}/status`,
    ]);
  });

  test('keeps what others wrote to the Recovery meanwhile', async () => {
    const read = store({ validationDigest: 'sha256:1' });
    store({ validationDigest: 'sha256:1', conditions: [] });
    await consume(read, 'r1');
    expect(server.find(OWN.recoveries, at)?.status).toMatchObject({ conditions: [], admission: { restoreUID: 'r1' } });
  });

  test('reviewed again, as the API server may, writes nothing and passes', async () => {
    await consume(store(), 'r1');
    const read = server.find(OWN.recoveries, at);
    if (read === undefined) throw new TypeError('the Recovery is gone');
    await consume(read, 'r1');
    expect(server.writes).toHaveLength(1);
  });

  test('passes when reviewed again after it was stored', async () => {
    const read = store(given('r1', true));
    server.put(VELERO.restores, restoreObject({ uid: 'r1' }));
    await consume(read, 'r1');
    expect(server.writes).toEqual([]);
  });
});

describe('another Restore', () => {
  test.each([10_000, 60_000])('takes the place of one that was not stored within %d ms', async ageMs => {
    await consume(store(given('r1', false, ageMs)), 'r2');
    expect(admission()).toEqual({ restoreUID: 'r2', time: TIME, stored: false });
  });

  test.each([
    ['a moment ago', 0],
    ['less than ten seconds ago', 9_999],
    ['by a replica whose clock is ahead', -60_000],
  ])('is refused while the first, admitted %s, may be on its way', async (_, ageMs) => {
    const read = store(given('r1', false, ageMs));
    expect(await codeOf(() => consume(read, 'r2'))).toBe('TokenUsed');
    expect(server.writes).toEqual([]);
  });

  test('is refused once one was seen stored, though it is gone since', async () => {
    const read = store(given('r1', true));
    expect(await codeOf(() => consume(read, 'r2'))).toBe('TokenUsed');
    expect(admission()?.restoreUID).toBe('r1');
  });

  test('is refused while one of that name lives, though nobody has noted it yet', async () => {
    const read = store(given('r1'));
    server.put(VELERO.restores, restoreObject({ uid: 'r1' }));
    expect(await codeOf(() => consume(read, 'r2'))).toBe('TokenUsed');
    expect(admission()?.restoreUID).toBe('r1');
  });

  test('may be made in another Velero namespace than one of that name', async () => {
    const read = store(given('r1'));
    server.put(VELERO.restores, restoreObject({ uid: 'other', namespace: 'velero-2' }));
    expect(await codeOf(() => consume(read, 'r2'))).toBe('none');
  });

  test('is neither refused nor admitted where nobody can tell whether one lives', async () => {
    const read = store(given('r1'));
    server.failure = ({ url }) => (url.includes('/restores/') ? 500 : undefined);
    await expect(consume(read, 'r2')).rejects.toThrow(ApiError);
    expect(server.writes).toEqual([]);
  });

  test('is refused if the first is stored between our read and our write', async () => {
    const read = store(given('r1'));
    server.meanwhile = request => {
      if (!isWrite(request)) return;
      server.meanwhile = () => undefined;
      store(given('r1', true));
    };
    expect(await codeOf(() => consume(read, 'r2'))).toBe('TokenUsed');
    expect(admission()).toEqual(given('r1', true).admission);
  });
});

describe('a race', () => {
  test('of many Restores gives the token to exactly one', async () => {
    const read = store();
    const uids = Array.from({ length: 8 }, (_, index) => `r${index}`);
    const codes = await Promise.all(uids.map(uid => codeOf(() => consume(read, uid))));
    expect(codes.toSorted()).toEqual([...Array.from({ length: 7 }, () => 'TokenUsed'), 'none'].toSorted());
    expect(admission()?.restoreUID).toBe(uids[codes.indexOf('none')]);
  });

  test('with one that gets stored leaves the token with that one', async () => {
    const read = store();
    server.meanwhile = request => {
      if (!isWrite(request)) return;
      server.meanwhile = () => undefined;
      // Another replica has admitted r1, and the API server has stored it.
      store(given('r1'));
      server.put(VELERO.restores, restoreObject({ uid: 'r1' }));
    };
    expect(await codeOf(() => consume(read, 'r2'))).toBe('TokenUsed');
    expect(admission()?.restoreUID).toBe('r1');
  });

  test('with the same Restore at another replica is no race', async () => {
    const read = store();
    server.meanwhile = request => {
      if (!isWrite(request)) return;
      server.meanwhile = () => undefined;
      store(given('r1'));
    };
    await consume(read, 'r1');
    expect(admission()).toEqual(given('r1').admission);
  });

  test('that never ends is given up without admitting', async () => {
    const read = store();
    server.meanwhile = request => {
      if (isWrite(request)) store({ validationDigest: String(server.writes.length) });
    };
    expect(await codeOf(() => consume(read, 'r1'))).toBe('StateUnavailable');
    expect(admission()).toBeUndefined();
    expect(server.writes).toHaveLength(20);
  });
});

describe('nothing is admitted', () => {
  test.each([500, 403, 422])('when the write is answered with %d', async status => {
    const read = store();
    server.failure = request => (isWrite(request) ? status : undefined);
    await expect(consume(read, 'r1')).rejects.toThrow(ApiError);
    expect(admission()).toBeUndefined();
    expect(server.writes).toHaveLength(1);
  });

  test('when the Recovery is gone', async () => {
    const read = store();
    server.remove(OWN.recoveries, at);
    await expect(consume(read, 'r1')).rejects.toThrow(ApiError);
  });

  test('when another Recovery has its name meanwhile: the token is not that one’s', async () => {
    const read = store();
    server.remove(OWN.recoveries, at);
    store();
    expect(await codeOf(() => consume(read, 'r1'))).toBe('RestoreMismatch');
    expect(admission()).toBeUndefined();
  });

  test('to a Restore without UID: nobody could tell it from another', async () => {
    const read = store();
    const consumption = { client: server.client, recovery: read, restore: restoreObject({ uid: '' }), now: NOW };
    expect(await codeOf(() => consumeToken(consumption))).toBe('RestoreMismatch');
    const { uid, ...metadata } = restoreObject({ uid: '' }).metadata;
    const restore = JSON.parse(JSON.stringify({ ...restoreObject({ uid }), metadata }));
    expect(await codeOf(() => consumeToken({ ...consumption, restore }))).toBe('RestoreMismatch');
    expect(server.writes).toEqual([]);
  });
});
