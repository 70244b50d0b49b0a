import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type KubeconfigEntry, KubeconfigFolder } from '../../test/fakes/kubeconfig-folder.ts';
import { problemOf } from '../../test/fakes/problem-of.ts';
import type { ConnectionFlags } from './connection-flags.ts';
import { loadKubeconfig } from './load-kubeconfig.ts';

let folder: KubeconfigFolder;
beforeEach(() => {
  folder = new KubeconfigFolder();
});
afterEach(() => folder.remove());

const base64 = (text: string): string => Buffer.from(text).toString('base64');

const load = (entry: Omit<KubeconfigEntry, 'name'>, flags: Partial<ConnectionFlags>) => {
  const kubeconfig = folder.write('config', [{ name: 'prod', ...entry }]);
  return loadKubeconfig({ kubeconfig, requestTimeoutMs: 1, ...flags }, undefined, {});
};

/** Without what is undefined. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const clusterOf = (cluster: Record<string, unknown>, flags: Partial<ConnectionFlags>) => {
  const { caData, caFile, skipTLSVerify, tlsServerName } = load({ cluster }, flags).getCurrentCluster() ?? {};
  return plain({ caData, caFile, skipTLSVerify, tlsServerName });
};

const userOf = (user: Record<string, unknown>, flags: Partial<ConnectionFlags>) =>
  plain(load({ user }, flags).getCurrentUser());

describe('--certificate-authority', () => {
  test('replaces all that the kubeconfig says of trust', () => {
    const certificateAuthority = folder.write('ca.crt', 'mine');
    const caData = base64('mine');
    for (const cluster of [
      { 'certificate-authority-data': base64('theirs') },
      { 'certificate-authority': '/theirs' },
      { 'insecure-skip-tls-verify': true },
    ]) {
      expect(clusterOf(cluster, { certificateAuthority })).toEqual({ caData, skipTLSVerify: false });
    }
  });

  test('names a file that can be read', async () => {
    const certificateAuthority = folder.pathOf('nowhere');
    expect(await problemOf(() => load({}, { certificateAuthority }))).toEqual({
      code: 'UsageError',
      message: `--certificate-authority "${certificateAuthority}" cannot be read: ENOENT: no such file or directory, open '${certificateAuthority}'`,
      mend: 'name a file in PEM',
    });
  });
});

describe('--insecure-skip-tls-verify', () => {
  test('puts the CA of the kubeconfig aside', () => {
    const cluster = { 'certificate-authority-data': base64('theirs') };
    expect(clusterOf(cluster, { insecureSkipTlsVerify: true })).toEqual({ skipTLSVerify: true });
  });

  test('that is false leaves the kubeconfig as it is, as kubectl does', () => {
    const cluster = { 'insecure-skip-tls-verify': true };
    expect(clusterOf(cluster, { insecureSkipTlsVerify: false })).toEqual({ skipTLSVerify: true });
  });
});

describe('--tls-server-name', () => {
  const cluster = { 'tls-server-name': 'theirs' };

  test('comes before that of the kubeconfig', () => {
    expect(clusterOf(cluster, { tlsServerName: 'mine' })).toEqual({ skipTLSVerify: false, tlsServerName: 'mine' });
    expect(clusterOf(cluster, {})).toEqual({ skipTLSVerify: false, tlsServerName: 'theirs' });
  });

  test('of the kubeconfig is not that of the server of --server', () => {
    expect(clusterOf(cluster, { server: 'https://there' })).toEqual({ skipTLSVerify: false });
    const both = { server: 'https://there', tlsServerName: 'mine' };
    expect(clusterOf(cluster, both)).toEqual({ skipTLSVerify: false, tlsServerName: 'mine' });
  });
});

describe('--client-certificate and --client-key', () => {
  const flags = () => ({ clientCertificate: folder.write('a.crt', 'crt'), clientKey: folder.write('a.key', 'key') });
  const mine = { name: 'prod-user', certData: base64('crt'), keyData: base64('key') };

  test('leave nothing of the login in the kubeconfig', () => {
    const user = { 'client-certificate-data': 'YQ==', 'client-key': '/theirs', exec: { command: 'log-in' } };
    expect(userOf(user, flags())).toEqual(mine);
  });

  test('go with --token', () => {
    expect(userOf({}, { ...flags(), token: 'mine' })).toEqual({ ...mine, token: 'mine' });
  });

  test('may be one of them, if the kubeconfig has the other', () => {
    const { clientCertificate, clientKey } = flags();
    const user = { token: undefined, 'client-certificate': '/their.crt', 'client-key-data': 'YQ==' };
    const name = 'prod-user';
    expect(userOf(user, { clientCertificate })).toEqual({ name, certData: base64('crt'), keyData: 'YQ==' });
    expect(userOf(user, { clientKey })).toEqual({ name, certFile: '/their.crt', keyData: base64('key') });
  });

  test('are refused alone', async () => {
    const { clientCertificate, clientKey } = flags();
    expect(await problemOf(() => load({}, { clientCertificate }))).toEqual({
      code: 'UsageError',
      message:
        '--client-certificate needs --client-key: neither the command line nor the user in the kubeconfig has it',
      mend: 'name the file with --client-key',
    });
    expect((await problemOf(() => load({}, { clientKey }))).message).toMatch('--client-key needs --client-certificate');
  });

  test.each(['clientCertificate', 'clientKey'] as const)('name files that can be read: %s', async flag => {
    const problem = await problemOf(() => load({}, { ...flags(), [flag]: folder.path }));
    expect(problem).toMatchObject({ code: 'UsageError', message: expect.stringContaining('cannot be read: EISDIR') });
  });
});

describe('what client-node leaves out of a kubeconfig', () => {
  test('is whom its user acts as', () => {
    const user = { as: 'bob', 'as-groups': ['a', 'b'], 'as-uid': '42', 'as-user-extra': { scopes: ['view'] } };
    const impersonation = { user: 'bob', groups: ['a', 'b'], uid: '42', extra: { scopes: ['view'] } };
    expect(load({ user }, {}).impersonation).toEqual(impersonation);
    expect(load({ user }, { token: 'mine' }).impersonation).toEqual(impersonation);
    expect(plain(load({}, {}).impersonation)).toEqual({});
  });

  test('and must be a user', async () => {
    const user = { 'as-groups': ['a'] };
    expect(await problemOf(() => load({ user }, {}))).toEqual({
      code: 'KubeconfigInvalid',
      message: 'user "prod-user" of the kubeconfig acts as groups, and as no user',
      mend: 'add "as" to it',
    });
    expect(load({ user }, { as: 'alice' }).impersonation.groups).toEqual(['a']);
  });

  test('is a file with a token, named from where the kubeconfig is', () => {
    const user = { token: undefined, tokenFile: 'token' };
    expect(load({ user }, {}).getCurrentUser()?.authProvider).toEqual({
      name: 'tokenFile',
      config: { tokenFile: folder.pathOf('token') },
    });
  });
});
