import { writeFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { createSecureServer } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createCertificateAuthority } from '../../test/clusters/certificate-authority.ts';
import { FakeApiServer, failureStatus, type Handler, sendJson } from '../../test/fakes/fake-api-server.ts';
import type { KubeObject } from '../kinds/object-meta.ts';
import { ApiError, isAlreadyExists, isConflict, isNotFound, UnreachableError } from './api-error.ts';
import { CORE, type Namespace, type Secret } from './core-types.ts';
import { KubeClient } from './kube-client.ts';
import { OWN } from './resource-type.ts';
import { createTransport, type TransportOptions } from './transport.ts';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
  vi.restoreAllMocks();
});

const startServer = async (
  handler?: Handler,
  tls?: Parameters<typeof FakeApiServer.start>[1],
): Promise<FakeApiServer> => {
  const server = await FakeApiServer.start(handler, tls);
  cleanUps.push(() => server.stop());
  return server;
};

const folder = async (): Promise<string> => {
  const path = await mkdtemp(join(tmpdir(), 'recover-login-'));
  cleanUps.push(() => rm(path, { recursive: true }));
  return path;
};

interface Setting extends Partial<TransportOptions> {
  readonly config?: ReturnType<FakeApiServer['kubeConfig']>;
  readonly timeoutMs?: number;
}

const clientOf = (server: FakeApiServer, { config, timeoutMs, ...options }: Setting = {}): KubeClient => {
  const transport = createTransport(config ?? server.kubeConfig(), { userAgent: 'recover-test', ...options });
  const client = new KubeClient(transport, timeoutMs === undefined ? {} : { timeoutMs });
  cleanUps.push(() => client.close());
  return client;
};

const start = async (handler: Handler, setting: Setting = {}) => {
  const server = await startServer(handler);
  return { server, client: clientOf(server, setting) };
};

const errorOf = async (attempt: Promise<unknown>): Promise<unknown> =>
  attempt.then(
    () => undefined,
    error => error,
  );

const namespace: Namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };
const secret: Secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'key', namespace: 'shop' } };
const at = { namespace: 'shop', name: 'key' };

describe('answers other than success', () => {
  test('become errors with code, reason, message and causes', async () => {
    const causes = [
      { reason: 'TokenExpired', message: 'the access token expired', field: 'token' },
      { reason: 'NotOwner', message: 'alice owns nothing', field: 'requester' },
    ];
    const { client } = await start((_, response) =>
      sendJson(response, 403, failureStatus(403, 'Forbidden', { causes })),
    );
    const error = await errorOf(client.create(CORE.namespaces, namespace));
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ statusCode: 403, reason: 'Forbidden', message: 'it failed: Forbidden', causes });
  });

  test.each([
    [404, 'NotFound', isNotFound],
    [409, 'AlreadyExists', isAlreadyExists],
    [409, 'Conflict', isConflict],
  ] as const)('%s %s is told from others', async (code, reason, is) => {
    const { client } = await start((_, response) => sendJson(response, code, failureStatus(code, reason)));
    const error = await errorOf(client.get(CORE.secrets, at));
    expect([isNotFound, isAlreadyExists, isConflict].filter(check => check(error))).toEqual([is]);
  });

  test('without reason and causes have none', async () => {
    const { client } = await start((_, response) => sendJson(response, 500, { kind: 'Status' }));
    expect(await errorOf(client.get(CORE.secrets, at))).toMatchObject({ statusCode: 500, reason: '', causes: [] });
  });

  test('in plain text are of their HTTP status; 404 is NotFound', async () => {
    const { client } = await start((_, response) => response.writeHead(404).end('404 page not found\n'));
    const error = await errorOf(client.get(CORE.secrets, at));
    expect(error).toMatchObject({ statusCode: 404, reason: 'NotFound', message: '404 page not found' });
    expect(await client.find(CORE.secrets, at)).toBeUndefined();
  });

  test('of a proxy in between tell their first line, cut', async () => {
    const page = `${'x'.repeat(1000)}\n<html>${'y'.repeat(100_000)}`;
    const { client } = await start((_, response) => response.writeHead(502).end(page));
    const error = await errorOf(client.get(CORE.secrets, at));
    expect(error).toMatchObject({ statusCode: 502, reason: '', message: 'x'.repeat(300) });
  });

  test.each([
    'null',
    '"text"',
    '[]',
    '7',
    '{}',
    '',
    '{',
  ])('with the body %j are errors too, never success', async body => {
    const { client } = await start((_, response) => response.writeHead(503).end(body));
    const error = await errorOf(client.get(CORE.secrets, at));
    expect(error).toMatchObject({ name: 'ApiError', statusCode: 503 });
  });

  test('of success that are no JSON are no answer of an API server', async () => {
    const { client } = await start((_, response) => response.writeHead(200).end('<html>log in here</html>'));
    expect(await errorOf(client.get(CORE.secrets, at))).toBeInstanceOf(UnreachableError);
  });

  test('that redirect are not followed with our credentials', async () => {
    const { server, client } = await start((_, response) =>
      response.writeHead(302, { location: 'http://127.0.0.1:1/elsewhere' }).end(),
    );
    expect(await errorOf(client.get(CORE.secrets, at))).toMatchObject({ statusCode: 302 });
    expect(server.requests).toHaveLength(1);
  });
});

describe('no answer', () => {
  test('within the time is UnreachableError', async () => {
    const { client } = await start(() => undefined, { timeoutMs: 50 });
    expect(await errorOf(client.get(CORE.secrets, at))).toBeInstanceOf(UnreachableError);
  });

  test('but its beginning within the time is UnreachableError', async () => {
    const { client } = await start((_, response) => response.writeHead(200).write('{"kind":'), { timeoutMs: 50 });
    expect(await errorOf(client.get(CORE.secrets, at))).toBeInstanceOf(UnreachableError);
  });

  test('but a cut connection is UnreachableError, before and within the answer', async () => {
    const { client, server } = await start(() => server.cut());
    expect(await errorOf(client.get(CORE.secrets, at))).toBeInstanceOf(UnreachableError);
    server.handler = (_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{');
      setImmediate(() => server.cut());
    };
    expect(await errorOf(client.get(CORE.secrets, at))).toBeInstanceOf(UnreachableError);
  });

  test('since nobody listens is UnreachableError', async () => {
    const server = await FakeApiServer.start();
    const client = clientOf(server);
    await server.stop();
    expect(await errorOf(client.get(CORE.secrets, at))).toBeInstanceOf(UnreachableError);
    expect(await errorOf(client.find(CORE.secrets, at))).toBeInstanceOf(UnreachableError);
    expect(await errorOf(client.remove(CORE.secrets, at))).toBeInstanceOf(UnreachableError);
  });
});

describe('lists', () => {
  const page = (names: string[], next?: string) => ({
    metadata: { resourceVersion: '7', ...(next === undefined ? {} : { continue: next }) },
    items: names.map(name => ({ metadata: { name } })),
  });

  test('are read page by page until there is no next', async () => {
    const pages = [page(['a', 'b'], 'next/1+='), page([], 'next2'), page(['c'], '')];
    const { client, server } = await start((_, response) => sendJson(response, 200, pages.shift()));
    const items = await client.listAll(CORE.secrets, { namespace: 'shop', labelSelector: 'a=b,c' });
    expect(items.map(({ metadata }) => metadata.name)).toEqual(['a', 'b', 'c']);
    const queries = server.requests.map(({ url }) => Object.fromEntries(new URL(url, 'http://x').searchParams));
    expect(queries).toEqual([
      { labelSelector: 'a=b,c', limit: '500' },
      { labelSelector: 'a=b,c', limit: '500', continue: 'next/1+=' },
      { labelSelector: 'a=b,c', limit: '500', continue: 'next2' },
    ]);
  });

  test('are whole or an error: a page that fails is not left out', async () => {
    const { client, server } = await start((_, response) =>
      server.requests.length === 1
        ? sendJson(response, 200, page(['a'], 'next'))
        : sendJson(response, 410, failureStatus(410, 'Expired')),
    );
    expect(await errorOf(client.listAll(CORE.secrets))).toMatchObject({ statusCode: 410 });
  });

  test('give each item the kind that the server leaves out', async () => {
    const { client } = await start((_, response) => sendJson(response, 200, page(['a'])));
    const [own] = await client.listAll(OWN.recoveries);
    expect(own).toMatchObject({ apiVersion: 'kubectl-recover.io/v1alpha1', kind: 'Recovery' });
    const [core] = await client.listAll(CORE.secrets);
    expect(core).toMatchObject({ apiVersion: 'v1', kind: 'Secret' });
  });
});

describe('what is sent', () => {
  const last = (server: FakeApiServer) => {
    const request = server.requests.at(-1);
    if (!request) throw new TypeError('nothing was sent');
    return { ...request, type: request.headers['content-type'] };
  };
  const ok: Handler = (_, response) => sendJson(response, 200, {});

  test('reading', async () => {
    const { client, server } = await start(ok);
    await client.get(CORE.secrets, at);
    expect(last(server)).toMatchObject({ method: 'GET', url: '/api/v1/namespaces/shop/secrets/key', body: '' });
    await client.get(OWN.clusterIdentities, { name: 'self' });
    expect(last(server).url).toBe('/apis/kubectl-recover.io/v1alpha1/clusteridentities/self');
    await client.read('/version');
    expect(last(server).url).toBe('/version');
  });

  test('creating, for real and dry', async () => {
    const { client, server } = await start(ok);
    await client.create(CORE.secrets, secret);
    expect(last(server)).toMatchObject({
      method: 'POST',
      url: '/api/v1/namespaces/shop/secrets',
      type: 'application/json',
    });
    expect(JSON.parse(last(server).body)).toEqual(secret);
    await client.create(CORE.secrets, secret, { dryRun: true });
    expect(last(server).url).toBe('/api/v1/namespaces/shop/secrets?dryRun=All');
    await client.create(CORE.secrets, secret, { dryRun: false });
    expect(last(server).url).toBe('/api/v1/namespaces/shop/secrets');
    await client.create(CORE.namespaces, { ...namespace, metadata: { name: 'shop', namespace: 'ignored' } });
    expect(last(server).url).toBe('/api/v1/namespaces');
  });

  test('replacing, the object or its status', async () => {
    const { client, server } = await start(ok);
    await client.replace(CORE.secrets, secret);
    expect(last(server)).toMatchObject({ method: 'PUT', url: '/api/v1/namespaces/shop/secrets/key' });
    await client.replace(CORE.secrets, secret, { subresource: 'status', dryRun: true });
    expect(last(server).url).toBe('/api/v1/namespaces/shop/secrets/key/status?dryRun=All');
  });

  test('patching and applying', async () => {
    const { client, server } = await start(ok);
    await client.mergePatch(CORE.secrets, at, { data: null }, { dryRun: true });
    expect(last(server)).toMatchObject({
      method: 'PATCH',
      url: '/api/v1/namespaces/shop/secrets/key?dryRun=All',
      type: 'application/merge-patch+json',
      body: '{"data":null}',
    });
    await client.apply(CORE.secrets, secret, { fieldManager: 'kubectl recover', dryRun: true });
    expect(last(server)).toMatchObject({ method: 'PATCH', type: 'application/apply-patch+yaml' });
    expect(Object.fromEntries(new URL(last(server).url, 'http://x').searchParams)).toEqual({
      fieldManager: 'kubectl recover',
      force: 'true',
      dryRun: 'All',
    });
    await client.apply(CORE.secrets, secret, { fieldManager: 'x' });
    expect(last(server).url).toBe('/api/v1/namespaces/shop/secrets/key?fieldManager=x&force=true');
  });

  test('removing, one incarnation only if told', async () => {
    const { client, server } = await start(ok);
    await client.remove(CORE.secrets, at, { uid: 'u1' });
    expect(last(server)).toMatchObject({ method: 'DELETE', url: '/api/v1/namespaces/shop/secrets/key' });
    expect(JSON.parse(last(server).body)).toMatchObject({ kind: 'DeleteOptions', preconditions: { uid: 'u1' } });
    await client.remove(CORE.secrets, at, { dryRun: true });
    expect(JSON.parse(last(server).body)).toMatchObject({ dryRun: ['All'] });
    server.handler = (_, response) => sendJson(response, 404, failureStatus(404, 'NotFound'));
    await client.remove(CORE.secrets, at);
    server.handler = (_, response) => sendJson(response, 409, failureStatus(409, 'Conflict'));
    expect(isConflict(await errorOf(client.remove(CORE.secrets, at)))).toBe(true);
  });

  test.each(['a/b', 'a?b', 'a#b', 'a%2fb', 'a b', 'é'])('a name like %j stays one part of the path', async name => {
    const { client, server } = await start(ok);
    await client.get(CORE.secrets, { namespace: name, name });
    const encoded = encodeURIComponent(name);
    expect(last(server).url).toBe(`/api/v1/namespaces/${encoded}/secrets/${encoded}`);
  });

  test.each(['..', '.', ''])('a name like %j, which would lead to another path, is never sent', async name => {
    const { client, server } = await start(ok);
    expect(() => client.get(CORE.secrets, { namespace: 'shop', name })).toThrow(TypeError);
    expect(() => client.get(CORE.secrets, { namespace: name, name: 'key' })).toThrow(TypeError);
    await expect(client.remove(CORE.secrets, { namespace: 'shop', name })).rejects.toThrow(TypeError);
    expect(server.requests).toEqual([]);
  });
});

describe('the login', () => {
  const ok: Handler = (_, response) => sendJson(response, 200, {});

  test('is a bearer token, or a name with a password', async () => {
    const server = await startServer(ok);
    await clientOf(server, { config: server.kubeConfig({ token: 'secret' }) }).read('/version');
    await clientOf(server, { config: server.kubeConfig({ username: 'a', password: 'b' }) }).read('/version');
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer secret', 'Basic YTpi']);
    expect(server.requests[0]?.headers).toMatchObject({ 'user-agent': 'recover-test', accept: 'application/json' });
  });

  test('impersonates with a header for each group, and not one for all', async () => {
    const headers = { 'Impersonate-User': 'alice', 'Impersonate-Group': ['team-shop', 'system:authenticated'] };
    const { client, server } = await start(ok, { headers });
    await client.create(CORE.namespaces, namespace);
    const raw = server.requests[0]?.rawHeaders ?? [];
    const values = raw.filter((_, index) => raw[index - 1]?.toLowerCase() === 'impersonate-group');
    expect(values).toEqual(['team-shop', 'system:authenticated']);
    expect(server.requests[0]?.headers['impersonate-user']).toBe('alice');
  });

  test.each([
    [['a'], '2.0'],
    [['a', 'b,c'], '1.1'],
  ])('impersonates the groups %j each by itself, from a server that speaks HTTP/2 too: %s', async (groups, version) => {
    const authority = await createCertificateAuthority('ca');
    const leaf = await authority.issue({ commonName: 'api', usage: 'server', ipAddresses: ['127.0.0.1'] });
    const seen: [version: string, groups: string[]][] = [];
    const tls = { cert: leaf.certificate, key: leaf.privateKey, allowHTTP1: true };
    const server = createSecureServer(tls, ({ httpVersion, rawHeaders }, response) => {
      seen.push([httpVersion, rawHeaders.filter((_, index) => rawHeaders[index - 1] === 'impersonate-group')]);
      response.end('{}');
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    cleanUps.push(() => server.close());
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const caData = Buffer.from(authority.certificate).toString('base64');
    const config = new KubeConfig();
    config.loadFromClusterAndUser(
      { name: 'c', server: `https://127.0.0.1:${port}`, caData, skipTLSVerify: false },
      { name: 'u' },
    );
    const headers = { 'Impersonate-User': 'alice', 'Impersonate-Group': groups };
    const client = new KubeClient(createTransport(config, { userAgent: 'recover-test', headers }));
    await client.read('/version');
    await client.close();
    expect(seen).toEqual([[version, groups]]);
  });

  test('impersonates names beyond ASCII in UTF-8', async () => {
    const { client, server } = await start(ok, {
      headers: { 'Impersonate-User': 'jürgen', 'Impersonate-Group': ['日本'] },
    });
    await client.read('/version');
    const { headers = {} } = server.requests[0] ?? {};
    const text = (value: unknown) => Buffer.from(String(value), 'latin1').toString('utf8');
    expect([text(headers['impersonate-user']), text(headers['impersonate-group'])]).toEqual(['jürgen', '日本']);
  });

  test('is read again after 401, once, and the request is sent again as it was', async () => {
    const server = await startServer();
    const config = server.kubeConfig({ token: 'old' });
    server.handler = (request, response) => {
      if (request.headers.authorization === 'Bearer new') return sendJson(response, 201, {});
      server.logIn(config, { token: 'new' });
      return sendJson(response, 401, failureStatus(401, 'Unauthorized'));
    };
    await clientOf(server, { config }).create(CORE.secrets, secret);
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer old', 'Bearer new']);
    const [first, second] = server.requests;
    expect(second?.body).toBe(first?.body);
  });

  test('of a file is read again after 401, though client-node would keep it for a minute', async () => {
    const tokenFile = join(await folder(), 'token');
    await writeFile(tokenFile, 'old');
    const server = await startServer();
    server.handler = (request, response) => {
      if (request.headers.authorization === 'Bearer new') return sendJson(response, 200, {});
      writeFileSync(tokenFile, 'new');
      return sendJson(response, 401, failureStatus(401, 'Unauthorized'));
    };
    const config = server.kubeConfig({ authProvider: { name: 'tokenFile', config: { tokenFile } } });
    await clientOf(server, { config }).read('/version');
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer old', 'Bearer new']);
  });

  test('of a plugin is asked for again after 401, though client-node would keep it for ever', async () => {
    const counter = join(await folder(), 'counter');
    const credential =
      '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"t\'$(wc -c < "$1" | tr -d " ")\'"}}';
    const script = `printf x >> "$1"; echo '${credential}'`;
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'sh', args: ['-c', script, 'sh', counter] };
    const server = await startServer((request, response) => {
      const isNew = request.headers.authorization === 'Bearer t2';
      sendJson(response, isNew ? 200 : 401, isNew ? {} : failureStatus(401, 'Unauthorized'));
    });
    const client = clientOf(server, { config: server.kubeConfig({ exec }) });
    await client.read('/version');
    await client.read('/version');
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer t1',
      'Bearer t2',
      'Bearer t2',
    ]);
  });

  test('that stays rejected is told after the second time', async () => {
    const { client, server } = await start((_, response) =>
      sendJson(response, 401, failureStatus(401, 'Unauthorized')),
    );
    expect(await errorOf(client.get(CORE.secrets, at))).toMatchObject({ statusCode: 401, reason: 'Unauthorized' });
    expect(server.requests).toHaveLength(2);
  });

  test('is read again after 403 never', async () => {
    const { client, server } = await start((_, response) => sendJson(response, 403, failureStatus(403, 'Forbidden')));
    await errorOf(client.get(CORE.secrets, at));
    expect(server.requests).toHaveLength(1);
  });

  test('is kept for a minute, and then read again', async () => {
    const server = await startServer(ok);
    const config = server.kubeConfig({ token: 'secret' });
    const read = vi.spyOn(config, 'applyToHTTPSOptions');
    let now = 1_000_000;
    const client = clientOf(server, { config, clock: () => now });
    await client.read('/version');
    now += 59_999;
    await client.read('/version');
    expect(read).toHaveBeenCalledTimes(1);
    now += 1;
    await Promise.all([client.read('/version'), client.read('/version')]);
    expect(read).toHaveBeenCalledTimes(2);
  });

  test('that cannot be read is an error and sends nothing', async () => {
    const server = await startServer(ok);
    const config = server.kubeConfig();
    vi.spyOn(config, 'applyToHTTPSOptions').mockRejectedValue(new Error('the plugin failed'));
    await expect(clientOf(server, { config }).read('/version')).rejects.toThrow('the plugin failed');
    expect(server.requests).toEqual([]);
  });

  test('of a kubeconfig without cluster is refused', async () => {
    const server = await startServer(ok);
    const config = server.kubeConfig();
    config.setCurrentContext('none');
    expect(() => createTransport(config, { userAgent: 'x' })).toThrow(TypeError);
  });
});

describe('TLS', () => {
  test('trusts the cluster’s CA and no other, and shows the client certificate', async () => {
    const [authority, other] = await Promise.all([
      createCertificateAuthority('ca'),
      createCertificateAuthority('other'),
    ]);
    const served = await authority.issue({ commonName: 'kube-apiserver', usage: 'server', ipAddresses: ['127.0.0.1'] });
    const login = await authority.issue({ commonName: 'alice', usage: 'client' });
    const server = await startServer((_, response) => sendJson(response, 200, {}), {
      cert: served.certificate,
      key: served.privateKey,
      ca: authority.certificate,
      requestCert: true,
    });
    const base64 = (pem: string) => Buffer.from(pem).toString('base64');
    const user = { certData: base64(login.certificate), keyData: base64(login.privateKey) };
    const trusting = server.kubeConfig(user, { caData: base64(authority.certificate) });
    await clientOf(server, { config: trusting }).read('/version');
    expect(server.clients).toEqual(['alice']);

    for (const cluster of [{ caData: base64(other.certificate) }, {}]) {
      const client = clientOf(server, { config: server.kubeConfig({}, cluster) });
      expect(await errorOf(client.read('/version'))).toBeInstanceOf(UnreachableError);
    }
    expect(server.requests).toHaveLength(1);
  });
});

describe('a watch', () => {
  test('that is refused is an error of the API', async () => {
    const { client } = await start((_, response) => sendJson(response, 410, failureStatus(410, 'Expired')));
    const error = await errorOf(client.stream('/api/v1/secrets?watch=1', new AbortController().signal));
    expect(error).toMatchObject({ statusCode: 410, reason: 'Expired' });
  });

  test('lasts longer than an answer may take, until it is told to end', async () => {
    const responses: ServerResponse[] = [];
    const { client } = await start(
      (_, response) => {
        responses.push(response);
        response.writeHead(200).write('one\n');
      },
      { timeoutMs: 200 },
    );
    const abort = new AbortController();
    const seen: string[] = [];
    const reading = (async () => {
      for await (const chunk of await client.stream('/watch', abort.signal)) {
        seen.push(chunk.toString('utf8'));
        if (seen.length > 1) abort.abort();
        // An answer that does not come ends in time; the watch, which is older, goes on.
        else await client.read<KubeObject>('/slow').catch(() => responses[0]?.write('two\n'));
      }
    })();
    expect(await errorOf(reading)).toBeInstanceOf(Error);
    expect(seen).toEqual(['one\n', 'two\n']);
  });
});
