import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Requester } from '../../api/kinds/requester.ts';
import { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { createTransport } from '../../api/kubernetes/transport.ts';
import { FakeApiServer, failureStatus, sendJson } from '../../test/fakes/fake-api-server.ts';
import { reviewAccess } from './review-access.ts';

const ACCESS = { namespace: 'shop', verb: 'create', group: 'rbac.authorization.k8s.io', resource: 'rolebindings' };

let server: FakeApiServer;
let client: KubeClient;

beforeEach(async () => {
  server = await FakeApiServer.start();
  client = new KubeClient(createTransport(server.kubeConfig(), { userAgent: 'recover-test' }));
});

afterEach(async () => {
  await client.close();
  await server.stop();
});

const says = (answer: unknown, code = 201): void => {
  server.handler = (_, response) => sendJson(response, code, answer);
};
const review = (requester: Requester = { username: 'alice' }) => reviewAccess(client, requester, ACCESS, 'may do it');
const asked = (): unknown => JSON.parse(server.requests[0]?.body ?? '').spec;

test('a yes of the authorizer is one', async () => {
  says({ status: { allowed: true } });
  expect(await review()).toBe(true);
});

test.each([
  { status: { allowed: false } },
  { status: { allowed: false, denied: true } },
  { status: { allowed: 'true' } },
  { status: {} },
  {},
])('%j is no yes', async answer => {
  says(answer);
  expect(await review()).toBe(false);
});

test('no answer is none', async () => {
  says(failureStatus(500, 'InternalError'), 500);
  await expect(review()).rejects.toMatchObject({ code: 'StateUnavailable' });
});

describe('it is asked for', () => {
  beforeEach(() => says({ status: { allowed: true } }));

  test('the user with all that the API server knew of it, and nobody else', async () => {
    const extra = { 'test.example/scope': ['some'] };
    await review({ username: 'alice', uid: 'u1', groups: ['team-shop'], extra });
    expect(asked()).toEqual({ user: 'alice', uid: 'u1', groups: ['team-shop'], extra, resourceAttributes: ACCESS });
  });

  test('a user without groups, who is in none', async () => {
    await review();
    expect(asked()).toEqual({ user: 'alice', groups: [], resourceAttributes: ACCESS });
  });
});
