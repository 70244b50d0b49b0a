import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type CertificateAuthority, createCertificateAuthority } from '../../test/clusters/certificate-authority.ts';
import { FakeApiServer, sendJson } from '../../test/fakes/fake-api-server.ts';
import { FakeProxy, type FakeProxySetting } from '../../test/fakes/fake-proxy.ts';
import { FakeSocksProxy, type FakeSocksSetting } from '../../test/fakes/fake-socks-proxy.ts';
import { ConnectionSetupError, UnreachableError } from './api-error.ts';
import { KubeClient } from './kube-client.ts';
import { findProxy, proxyText } from './proxy.ts';
import { createTransport } from './transport.ts';

const API = new URL('https://api.example.com:6443');

/** What is used for an API server, as people are told it. */
const found = (server: URL, proxyUrl: string | undefined, env: Record<string, string>): string | undefined => {
  const proxy = findProxy(server, proxyUrl, env);
  return proxy && proxyText(proxy);
};

describe('the proxy is', () => {
  test.each<[string, Record<string, string>, string | undefined]>([
    ['none by default', {}, undefined],
    ['HTTPS_PROXY', { HTTPS_PROXY: 'http://a:1' }, 'http://a:1 (HTTPS_PROXY)'],
    ['https_proxy', { https_proxy: 'http://a:1' }, 'http://a:1 (https_proxy)'],
    [
      'the upper case before the lower',
      { HTTPS_PROXY: 'http://a:1', https_proxy: 'http://b:1' },
      'http://a:1 (HTTPS_PROXY)',
    ],
    [
      'the lower case if the upper is empty',
      { HTTPS_PROXY: '', https_proxy: 'http://b:1' },
      'http://b:1 (https_proxy)',
    ],
    ['one without a scheme: http', { HTTPS_PROXY: 'a:1' }, 'http://a:1 (HTTPS_PROXY)'],
    ['not that for plain HTTP', { HTTP_PROXY: 'http://a:1', http_proxy: 'http://b:1' }, undefined],
    ['none for what NO_PROXY names', { HTTPS_PROXY: 'http://a:1', NO_PROXY: 'example.com' }, undefined],
    ['none for what no_proxy names', { HTTPS_PROXY: 'http://a:1', no_proxy: '.example.com:6443' }, undefined],
    ['told without its password', { HTTPS_PROXY: 'https://me:secret@a:1' }, 'https://a:1 (HTTPS_PROXY)'],
    ['SOCKS5', { HTTPS_PROXY: 'socks5://a:1080' }, 'socks5://a:1080 (HTTPS_PROXY)'],
  ])('%s', (_, env, proxy) => {
    expect(found(API, undefined, env)).toBe(proxy);
  });

  test('that for plain HTTP, where the API server speaks it', () => {
    const env = { HTTP_PROXY: 'http://a:1', HTTPS_PROXY: 'http://b:1' };
    expect(found(new URL('http://api.example.com'), undefined, env)).toBe('http://a:1 (HTTP_PROXY)');
    expect(found(new URL('http://api.example.com'), undefined, { ...env, NO_PROXY: 'example.com:80' })).toBe(undefined);
  });

  test.each([
    'https://localhost',
    'https://127.0.0.1:6443',
    'https://[::1]:6443',
  ])('none of the environment for %s', server => {
    expect(found(new URL(server), undefined, { HTTPS_PROXY: 'http://a:1' })).toBe(undefined);
  });

  test('proxy-url before the environment, and whatever NO_PROXY says', () => {
    const env = { HTTPS_PROXY: 'http://a:1', NO_PROXY: '*' };
    expect(found(API, 'http://b:2', env)).toBe('http://b:2 (proxy-url)');
    expect(found(new URL('https://127.0.0.1:6443'), 'http://b:2', env)).toBe('http://b:2 (proxy-url)');
  });

  test.each([
    ['proxy-url', 'ftp://me:secret@a:1', {}, 'the proxy that proxy-url names has the scheme "ftp"'],
    ['proxy-url', 'me:secret@a:1', {}, 'the proxy that proxy-url names is no address'],
    ['proxy-url', '/secret', {}, 'the proxy that proxy-url names is no address'],
    [
      'HTTPS_PROXY',
      '',
      { HTTPS_PROXY: 'socks4://secret:1' },
      'the proxy that HTTPS_PROXY names has the scheme "socks4"',
    ],
    ['HTTPS_PROXY', '', { HTTPS_PROXY: 'http://me:secret@' }, 'the proxy that HTTPS_PROXY names is no address'],
  ])('refused if %s is none, and its password is not told: %j', (source, proxyUrl, env, message) => {
    const attempt = () => findProxy(API, proxyUrl, env);
    expect(attempt).toThrow(ConnectionSetupError);
    expect(attempt).toThrow(message);
    expect(attempt).toThrow(expect.objectContaining({ mend: expect.stringContaining(`write ${source} as http://`) }));
  });
});

describe('a request', () => {
  let authority: CertificateAuthority;
  beforeAll(async () => {
    authority = await createCertificateAuthority('ca');
  });

  const cleanUps: (() => unknown)[] = [];
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
  });

  const issue = async (dnsNames: readonly string[]) => {
    const leaf = await authority.issue({
      commonName: 'x',
      usage: 'server',
      dnsNames,
      ipAddresses: ['127.0.0.1', '::1'],
    });
    return { cert: leaf.certificate, key: leaf.privateKey };
  };

  const startApi = async (): Promise<FakeApiServer> => {
    const tls = await issue(['api.example.com']);
    const api = await FakeApiServer.start((_, response) => sendJson(response, 200, { gitVersion: 'v1' }), tls);
    cleanUps.push(() => api.stop());
    return api;
  };

  const startProxy = async (setting: FakeProxySetting): Promise<FakeProxy> => {
    const proxy = await FakeProxy.start(setting);
    cleanUps.push(() => proxy.stop());
    return proxy;
  };

  const startSocks = async (setting: FakeSocksSetting): Promise<FakeSocksProxy> => {
    const proxy = await FakeSocksProxy.start(setting);
    cleanUps.push(() => proxy.stop());
    return proxy;
  };

  const portOf = (api: FakeApiServer): number => Number(new URL(api.url).port);

  /** Asks for the version under a name that only the proxy knows. */
  const ask = (api: FakeApiServer, cluster: Record<string, unknown>, proxyEnv: Record<string, string> = {}) => {
    const caData = Buffer.from(authority.certificate).toString('base64');
    const config = api.kubeConfig({ token: 'mine' }, { server: API.href, caData, ...cluster });
    const client = new KubeClient(createTransport(config, { userAgent: 'recover-test', proxyEnv }));
    cleanUps.push(() => client.close());
    return client.read('/version');
  };

  test('goes through an http:// proxy in a tunnel that shows the proxy nothing', async () => {
    const api = await startApi();
    const proxy = await startProxy({ leadsTo: portOf(api) });
    expect(await ask(api, {}, { HTTPS_PROXY: proxy.url })).toEqual({ gitVersion: 'v1' });
    expect(proxy.tunnels).toEqual(['api.example.com:6443']);
    expect(proxy.logins).toEqual([undefined]);
    expect(api.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer mine']);
  });

  test('goes through the proxy of proxy-url, to this machine too', async () => {
    const api = await startApi();
    const proxy = await startProxy({});
    await ask(api, { server: api.url, proxyUrl: proxy.url });
    expect(proxy.tunnels).toEqual([new URL(api.url).host]);
  });

  test('goes through an https:// proxy with a certificate of the cluster’s CA', async () => {
    const api = await startApi();
    const proxy = await startProxy({ leadsTo: portOf(api), tls: await issue([]) });
    expect(await ask(api, {}, { HTTPS_PROXY: proxy.url })).toEqual({ gitVersion: 'v1' });
    expect(proxy.tunnels).toEqual(['api.example.com:6443']);
  });

  test('goes to no https:// proxy that nobody vouches for', async () => {
    const api = await startApi();
    const other = await (await createCertificateAuthority('other')).issue({
      commonName: 'x',
      usage: 'server',
      ipAddresses: ['127.0.0.1'],
    });
    const proxy = await startProxy({ leadsTo: portOf(api), tls: { cert: other.certificate, key: other.privateKey } });
    await expect(ask(api, {}, { HTTPS_PROXY: proxy.url })).rejects.toThrow(UnreachableError);
    expect(proxy.tunnels).toEqual([]);
  });

  test('logs in to the proxy with name and password of its address', async () => {
    const api = await startApi();
    const proxy = await startProxy({ leadsTo: portOf(api) });
    await ask(api, {}, { HTTPS_PROXY: proxy.url.replace('//', '//me:p%40ss@') });
    expect(proxy.logins).toEqual([`Basic ${Buffer.from('me:p@ss').toString('base64')}`]);
    expect(api.requests[0]?.headers['proxy-authorization']).toBeUndefined();
  });

  test('that the proxy refuses is told with its name, and without its password', async () => {
    const api = await startApi();
    const proxy = await startProxy({ refuses: 407 });
    await expect(ask(api, {}, { HTTPS_PROXY: proxy.url.replace('//', '//me:secret@') })).rejects.toThrow(
      `https://api.example.com:6443 does not answer through the proxy ${proxy.url} (HTTPS_PROXY): the proxy refuses with HTTP 407`,
    );
  });

  test('trusts no other server for the proxy', async () => {
    const api = await startApi();
    const proxy = await startProxy({ leadsTo: portOf(api) });
    const server = 'https://other.example.com';
    await expect(ask(api, { server }, { HTTPS_PROXY: proxy.url })).rejects.toThrow(/altnames|does not match/);
    await ask(api, { server, tlsServerName: 'api.example.com' }, { HTTPS_PROXY: proxy.url });
    expect(proxy.tunnels.at(-1)).toBe('other.example.com:443');
    expect(api.requests).toHaveLength(1);
  });

  test('in plain HTTP is forwarded', async () => {
    const api = await FakeApiServer.start((_, response) => sendJson(response, 200, {}));
    cleanUps.push(() => api.stop());
    const proxy = await startProxy({});
    await ask(api, { server: api.url, skipTLSVerify: true, proxyUrl: proxy.url });
    expect(proxy.forwarded).toEqual([`${api.url}/version`]);
  });

  test.each([
    ['https://api.example.com:6443', '3 api.example.com 6443'],
    ['https://127.0.0.1', '1 7f000001 443'],
    ['https://[::1]:6443', `4 ${'0'.repeat(31)}1 6443`],
  ])('to %s goes through a SOCKS5 proxy, which looks names up', async (server, asked) => {
    const api = await startApi();
    const proxy = await startSocks({ leadsTo: portOf(api) });
    expect(await ask(api, { server, proxyUrl: `socks5://127.0.0.1:${proxy.port}` })).toEqual({ gitVersion: 'v1' });
    expect(proxy.asked).toEqual([asked]);
  });

  test('logs in to a SOCKS5 proxy', async () => {
    const api = await startApi();
    const proxy = await startSocks({ leadsTo: portOf(api), login: 'me:p@ss' });
    await ask(api, { proxyUrl: `socks5://me:p%40ss@127.0.0.1:${proxy.port}` });
    expect(api.requests).toHaveLength(1);
    for (const [login, why] of [
      ['', 'the SOCKS5 proxy wants another login'],
      ['me:wrong@', 'the SOCKS5 proxy does not accept the name and password'],
    ]) {
      await expect(ask(api, { proxyUrl: `socks5://${login}127.0.0.1:${proxy.port}` })).rejects.toThrow(why);
    }
  });

  test('that a SOCKS5 proxy refuses is told with the reason', async () => {
    const api = await startApi();
    const proxy = await startSocks({ leadsTo: portOf(api), status: 2 });
    await expect(ask(api, { proxyUrl: `socks5://127.0.0.1:${proxy.port}` })).rejects.toThrow(
      'the SOCKS5 proxy does not connect: its rules do not allow it',
    );
  });

  test('to a SOCKS5 proxy that is none says so', async () => {
    const api = await startApi();
    const proxy = await startProxy({});
    await expect(ask(api, { proxyUrl: `socks5://127.0.0.1:${proxy.port}` })).rejects.toThrow(/SOCKS5/);
  });
});
