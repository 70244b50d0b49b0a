import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { createTransport } from '../../api/kubernetes/transport.ts';
import { FakeApiServer, failureStatus, sendJson } from '../../test/fakes/fake-api-server.ts';
import { Discovery } from './discovery.ts';

const GROUPS = {
  groups: [
    { name: 'apps', versions: [{ groupVersion: 'apps/v1' }] },
    { name: 'metrics.k8s.io', versions: [{ groupVersion: 'metrics.k8s.io/v1beta1' }] },
    { name: 'x.io', versions: [{ groupVersion: 'x.io/v1' }, { groupVersion: 'x.io/v2' }] },
  ],
};
const list = (groupVersion: string, ...resources: readonly (readonly [string, boolean])[]) => ({
  groupVersion,
  resources: resources.map(([name, namespaced]) => ({ name, namespaced })),
});

let server: FakeApiServer;
let client: KubeClient;
let discovery: Discovery;
let answers: Record<string, unknown>;
let now: number;

const served = (): string[] =>
  discovery.resources().map(({ group, plural, namespaced }) => `${plural}.${group} ${namespaced}`);

beforeEach(async () => {
  answers = {
    '/apis': GROUPS,
    '/api/v1': list('v1', ['pods', true], ['pods/log', true], ['nodes', false]),
    '/apis/apps/v1': list('apps/v1', ['deployments', true]),
    '/apis/metrics.k8s.io/v1beta1': list('metrics.k8s.io/v1beta1', ['nodes', false]),
    '/apis/x.io/v1': list('x.io/v1', ['xs', false]),
    '/apis/x.io/v2': list('x.io/v2', ['xs', true]),
  };
  server = await FakeApiServer.start(({ url }, response) => {
    const answer = answers[url];
    if (answer === undefined) sendJson(response, 503, failureStatus(503, 'ServiceUnavailable'));
    else sendJson(response, 200, answer);
  });
  client = new KubeClient(createTransport(server.kubeConfig(), { userAgent: 'recover-test' }));
  now = 0;
  discovery = new Discovery(client, pino({ level: 'silent' }), () => now);
});

afterEach(async () => {
  discovery.stop();
  await client.close();
  await server.stop();
});

const ALL_BUT_METRICS = ['pods. true', 'nodes. false', 'deployments.apps true', 'xs.x.io false', 'xs.x.io true'];

test('every resource of every version is told, without subresources, once for each scope that it has', async () => {
  await discovery.start();
  expect(served().sort()).toEqual([...ALL_BUT_METRICS, 'nodes.metrics.k8s.io false'].sort());
});

describe('while an extension API server is away', () => {
  beforeEach(() => {
    answers['/apis/metrics.k8s.io/v1beta1'] = undefined;
  });

  test('all but what it serves is told', async () => {
    await discovery.start();
    expect(served()).toEqual(ALL_BUT_METRICS);
  });

  test('what it served before is not told either, as on a replica that starts now', async () => {
    answers['/apis/metrics.k8s.io/v1beta1'] = list('metrics.k8s.io/v1beta1', ['nodes', false]);
    await discovery.start();
    answers['/apis/metrics.k8s.io/v1beta1'] = undefined;
    discovery.refreshSoon();
    await expect.poll(served, { timeout: 5_000 }).toEqual(ALL_BUT_METRICS);
  });
});

test.each(['/apis', '/api/v1'])('without %s nothing is told', async path => {
  answers[path] = undefined;
  await expect(discovery.start()).rejects.toMatchObject({ statusCode: 503 });
  expect(() => discovery.resources()).toThrow('does not know which resources');
});

test('without an answer at all nothing is told', async () => {
  server.handler = ({ url }, response) => {
    if (url === '/apis/x.io/v1') response.destroy();
    else sendJson(response, 200, answers[url]);
  };
  await expect(discovery.start()).rejects.toThrow();
  expect(() => discovery.resources()).toThrow('does not know which resources');
});

test('what was read an hour ago is told no more', async () => {
  await discovery.start();
  now = 3_600_001;
  expect(() => discovery.resources()).toThrow('does not know which resources');
});
