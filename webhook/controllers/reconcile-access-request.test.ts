import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AccessRequest } from '../../api/kinds/access-request.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { GROUP_VERSION, REQUESTS_NAMESPACE } from '../../api/names.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { LiveCatalogue } from '../../test/fakes/live-catalogue.ts';
import { reconcileAccessRequest } from './reconcile-access-request.ts';

const AT = { namespace: REQUESTS_NAMESPACE, name: 'f'.repeat(32) } as const;
const HOUR_MS = 3_600_000;

let catalogue: LiveCatalogue;
/** What asking for former groups comes to. */
let formerGroups: () => Promise<[]>;

beforeEach(async () => {
  catalogue = await LiveCatalogue.create();
  catalogue.putGroup('shop');
  formerGroups = async () => [];
});

afterEach(() => catalogue.stop());

const put = (wants: AccessRequest['spec']['wants'] = { groups: true }, group = 'shop') =>
  catalogue.server.put(OWN.accessRequests, {
    apiVersion: GROUP_VERSION,
    kind: 'AccessRequest',
    metadata: { ...AT, creationTimestamp: new Date(catalogue.nowMs).toISOString() },
    spec: { requester: { username: 'alice' }, group, wants },
  });

const reconcile = async () => {
  await catalogue.follow();
  const { caches, state, metrics, server, cluster } = catalogue;
  const never = () => Promise.reject(new TypeError('nobody asked for this'));
  return reconcileAccessRequest({
    ...{ client: server.client, requests: caches.requests, state, metrics, log: pino({ level: 'silent' }) },
    grantKey: () => cluster.grantKey,
    backupsOf: () => [],
    recoveriesOf: () => [],
    contents: { of: never },
    ...{ claim: never, adopt: never },
    formerGroups: () => formerGroups(),
    clock: () => catalogue.nowMs,
  })(`${AT.namespace}/${AT.name}`);
};

const found = () => catalogue.server.find(OWN.accessRequests, AT);
const answered = () => found()?.status?.conditions?.find(({ type }) => type === 'Answered');
const counted = async () => (await catalogue.metrics.answers.get()).values.map(({ labels }) => labels);

describe('a request', () => {
  test('is answered', async () => {
    put();
    expect(await reconcile()).toEqual({ againInMs: HOUR_MS });
    expect(answered()).toMatchObject({ status: 'True' });
    expect(found()?.status?.groups).toMatchObject([{ name: 'shop' }]);
    expect(await counted()).toMatchObject([{ outcome: 'answered' }]);
  });

  test('is refused with the code, and nothing else is told', async () => {
    put({ grant: true, points: {} }, 'nothing');
    await reconcile();
    expect(answered()).toMatchObject({ status: 'False', reason: 'NotOwner' });
    expect(Object.keys(found()?.status ?? {})).toEqual(['conditions']);
    expect(await counted()).toMatchObject([{ outcome: 'refused', code: 'NotOwner' }]);
  });

  test.each(['True', 'False'] as const)('that was answered with %s is not answered again', async status => {
    const request = put();
    const condition = { type: 'Answered', status, reason: 'Answered', message: '', lastTransitionTime: '' };
    catalogue.server.put(OWN.accessRequests, { ...request, status: { conditions: [condition] } });
    expect(await reconcile()).toEqual({ againInMs: HOUR_MS });
    expect(catalogue.server.writes).toEqual([]);
  });

  test('that is gone needs nothing', async () => {
    expect(await reconcile()).toEqual({});
  });

  test('waits, unanswered, for what cannot be told now', async () => {
    put({ points: {} }, 'nothing');
    formerGroups = () => Promise.reject(new RecoverError({ code: 'StateUnavailable', message: 'not now' }));
    await expect(reconcile()).rejects.toMatchObject({ code: 'StateUnavailable' });
    formerGroups = () => Promise.reject(new TypeError('a fault of ours'));
    await expect(reconcile()).rejects.toThrow('a fault of ours');
    expect(answered()).toBeUndefined();
  });
});

describe('where somebody else was first', () => {
  test.each([
    ['answered it', () => put()],
    ['deleted it', () => catalogue.server.remove(OWN.accessRequests, AT)],
  ])('who %s, all is well', async (_, meanwhile) => {
    put();
    catalogue.server.meanwhile = ({ method }) => {
      if (method === 'PUT') meanwhile();
    };
    expect(await reconcile()).toEqual({ againInMs: HOUR_MS });
    expect(answered()).toBeUndefined();
    expect(await counted()).toEqual([]);
  });

  test('an API server that fails is no such thing', async () => {
    put();
    catalogue.server.failure = ({ method }) => (method === 'PUT' ? 500 : undefined);
    await expect(reconcile()).rejects.toMatchObject({ statusCode: 500 });
  });
});

describe('after an hour', () => {
  test('a request is gone, answered or not, and not before', async () => {
    put();
    catalogue.nowMs += HOUR_MS - 1;
    await reconcile();
    expect(found()).toBeDefined();
    catalogue.nowMs += 1;
    expect(await reconcile()).toEqual({});
    expect(found()).toBeUndefined();
  });

  test('another one of its name stays', async () => {
    put();
    await catalogue.follow();
    catalogue.nowMs += HOUR_MS;
    catalogue.server.meanwhile = ({ method }) => {
      if (method !== 'DELETE') return;
      catalogue.server.remove(OWN.accessRequests, AT);
      put();
    };
    await expect(reconcile()).rejects.toMatchObject({ reason: 'Conflict' });
    expect(found()).toBeDefined();
  });
});
