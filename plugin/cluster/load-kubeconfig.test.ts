import { mkdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KubeconfigFolder, kubeconfigText } from '../../test/fakes/kubeconfig-folder.ts';
import { problemOf } from '../../test/fakes/problem-of.ts';
import type { ConnectionFlags } from './connection-flags.ts';
import { loadKubeconfig } from './load-kubeconfig.ts';

let folder: KubeconfigFolder;
beforeEach(() => {
  folder = new KubeconfigFolder();
});
afterEach(() => folder.remove());

interface Asked extends Partial<ConnectionFlags> {
  readonly env?: Readonly<Record<string, string>>;
}

const load = ({ env = {}, ...flags }: Asked) =>
  loadKubeconfig({ requestTimeoutMs: 1_000, ...flags }, flags.context, { HOME: folder.path, ...env });

/** Context, server, user and token that a command would use. */
const loginOf = (asked: Asked) => {
  const config = load(asked);
  const { name, token } = config.getCurrentUser() ?? {};
  return [config.getCurrentContext(), config.getCurrentCluster()?.server, name, token];
};

const PROD = ['prod', 'https://prod.invalid', 'prod-user', 'token-of-prod'];
const DR = ['dr', 'https://dr.invalid', 'dr-user', 'token-of-dr'];

const both = [{ name: 'prod' }, { name: 'dr', namespace: 'shop' }];

describe('the file is', () => {
  test('that of --kubeconfig, whatever else there is', () => {
    const kubeconfig = folder.write('a', [{ name: 'prod' }]);
    const env = { KUBECONFIG: folder.write('b', [{ name: 'dr' }]) };
    expect(loginOf({ kubeconfig, env })).toEqual(PROD);
  });

  test('that of KUBECONFIG before that of the home folder', () => {
    mkdirSync(folder.pathOf('.kube'));
    folder.write('.kube/config', [{ name: 'dr' }]);
    expect(loginOf({ env: { KUBECONFIG: folder.write('a', [{ name: 'prod' }]) } })).toEqual(PROD);
  });

  test.each([undefined, '', delimiter])('that of the home folder with KUBECONFIG "%s"', KUBECONFIG => {
    mkdirSync(folder.pathOf('.kube'));
    folder.write('.kube/config', [{ name: 'prod' }]);
    expect(loginOf({ env: KUBECONFIG === undefined ? {} : { KUBECONFIG } })).toEqual(PROD);
  });

  test('missing: the path is told', async () => {
    const kubeconfig = folder.pathOf('nowhere');
    expect(await problemOf(() => load({ kubeconfig }))).toEqual({
      code: 'KubeconfigInvalid',
      message: `there is no kubeconfig at "${kubeconfig}"`,
      mend: 'name one with --kubeconfig or KUBECONFIG, or log in to the cluster first',
    });
  });

  test('missing in the home folder too', async () => {
    expect((await problemOf(() => load({}))).message).toBe(
      `there is no kubeconfig at "${join(folder.path, '.kube', 'config')}"`,
    );
  });

  test('missing: all paths of KUBECONFIG are told, and the home folder is not read instead', async () => {
    mkdirSync(folder.pathOf('.kube'));
    folder.write('.kube/config', [{ name: 'dr' }]);
    const env = { KUBECONFIG: ['/nowhere/a', '/nowhere/b'].join(delimiter) };
    expect((await problemOf(() => load({ env }))).message).toBe('there is no kubeconfig at "/nowhere/a", "/nowhere/b"');
  });

  test.each([
    ['broken YAML', 'clusters: [a\nusers: b: c', 'deficient indentation (2:1)'],
    ['indented by tabs', 'clusters:\n\t- name: a', 'tab characters must not be used in indentation (2:1)'],
    [
      'without the address of a cluster',
      kubeconfigText([{ name: 'prod' }]).replace('server:', 'address:'),
      'clusters[0].cluster.server is missing',
    ],
  ])('%s: it is said why, in one line', async (_, text, why) => {
    const kubeconfig = folder.write('config', text);
    expect(await problemOf(() => load({ kubeconfig }))).toEqual({
      code: 'KubeconfigInvalid',
      message: `kubeconfig "${kubeconfig}" cannot be read: ${why}`,
      mend: 'look at the file, or name another with --kubeconfig',
    });
  });

  test('with a slip in an entry that is not asked for: that one alone cannot be used, as with kubectl', async () => {
    const text = kubeconfigText([{ name: 'prod' }])
      .replace('contexts:\n', 'contexts:\n  - name: slip\n    context: {namespace: x}\n')
      .replace('clusters:\n', 'clusters:\n  - name: slip\n    cluster: {}\n');
    const kubeconfig = folder.write('config', text);
    expect(load({ kubeconfig }).getCurrentContext()).toBe('prod');
    for (const asked of [{ context: 'slip' }, { cluster: 'slip' }]) {
      expect((await problemOf(() => load({ kubeconfig, ...asked }))).message).toMatch(/cannot be read: .* is missing$/);
    }
  });

  test('broken: nothing of its content is told', async () => {
    const kubeconfig = folder.write('config', 'users:\n- user: {token: "very-secret\n  - x');
    expect((await problemOf(() => load({ kubeconfig }))).message).not.toContain('very-secret');
  });

  test('a folder', async () => {
    expect((await problemOf(() => load({ kubeconfig: folder.path }))).message).toBe(
      `kubeconfig "${folder.path}" cannot be read: EISDIR: illegal operation on a directory, read`,
    );
  });

  test.each(['', '\n', 'hello', '- a', 'clusters:\nusers:\ncontexts:\n'])('no kubeconfig at all: %j', async text => {
    expect((await problemOf(() => load({ kubeconfig: folder.write('config', text) }))).message).toBe(
      'the kubeconfig has no current context',
    );
  });
});

describe('of several files', () => {
  const listed = (...paths: readonly string[]) => ({ KUBECONFIG: paths.join(delimiter) });

  test('contexts of all are there, and the first current context counts', () => {
    const env = listed(folder.write('a', [{ name: 'prod' }]), folder.write('b', [{ name: 'dr' }]));
    expect([loginOf({ env }), loginOf({ env, context: 'dr' })]).toEqual([PROD, DR]);
  });

  test('a file without a current context leaves it to the next', () => {
    const first = folder.write('a', kubeconfigText([{ name: 'prod' }], ''));
    expect(loginOf({ env: listed(first, folder.write('b', [{ name: 'dr' }])) })).toEqual(DR);
  });

  test('the first entry of a name counts', () => {
    const first = folder.write('a', [{ name: 'prod' }]);
    const second = folder.write('b', [{ name: 'prod', server: 'https://other.invalid', user: { token: 'other' } }]);
    expect(loginOf({ env: listed(first, second) })).toEqual(PROD);
    expect(loginOf({ env: listed(second, first) })).toEqual(['prod', 'https://other.invalid', 'prod-user', 'other']);
  });

  test('those that are missing are passed over', () => {
    const env = listed(folder.pathOf('nowhere'), folder.write('a', [{ name: 'prod' }]));
    expect(loginOf({ env })).toEqual(PROD);
  });

  test('those that are empty are passed over, as by kubectl', () => {
    const env = listed(folder.write('empty', ''), folder.write('a', [{ name: 'prod' }]));
    expect(loginOf({ env })).toEqual(PROD);
  });

  test('one that is broken is not', async () => {
    const broken = folder.write('b', 'a: b: c');
    const env = listed(folder.write('a', [{ name: 'prod' }]), broken);
    expect((await problemOf(() => load({ env }))).message).toMatch(`kubeconfig "${broken}" cannot be read: `);
  });

  test('paths in a file are meant from where it is', () => {
    mkdirSync(folder.pathOf('ca'));
    const kubeconfig = folder.write('ca/a', [{ name: 'prod', cluster: { 'certificate-authority': 'ca.crt' } }]);
    expect(load({ kubeconfig }).getCurrentCluster()?.caFile).toBe(folder.pathOf('ca/ca.crt'));
  });
});

describe('the context', () => {
  test('is the current one unless told', () => {
    const kubeconfig = folder.write('a', both);
    expect([loginOf({ kubeconfig }), loginOf({ kubeconfig, context: 'dr' })]).toEqual([PROD, DR]);
  });

  test('has its namespace', () => {
    const kubeconfig = folder.write('a', both);
    expect(load({ kubeconfig, context: 'dr' }).getContextObject('dr')?.namespace).toBe('shop');
    expect(load({ kubeconfig }).getContextObject('prod')?.namespace).toBeUndefined();
  });

  test.each([
    ['production', ''],
    ['PROD', '; did you mean "prod"?'],
    ['prd', '; did you mean "prod"?'],
  ])('"%s" does not exist, and those that do are told', async (context, meant) => {
    expect(await problemOf(() => load({ kubeconfig: folder.write('a', both), context }))).toEqual({
      code: 'KubeconfigInvalid',
      message: `there is no context "${context}" in the kubeconfig${meant}`,
      mend: 'the contexts are "prod", "dr"',
    });
  });

  test('is one of many, of which not all are told', async () => {
    const many = Array.from({ length: 11 }, (_, index) => ({ name: `cluster-${index}` }));
    expect((await problemOf(() => load({ kubeconfig: folder.write('a', many), context: 'prod' }))).mend).toMatch(
      /"cluster-9", and more: kubectl config get-contexts$/,
    );
  });

  test('does not exist where there are none', async () => {
    const kubeconfig = folder.write('a', []);
    expect((await problemOf(() => load({ kubeconfig, context: 'prod' }))).mend).toBe(
      'there are no contexts in it: log in to the cluster first',
    );
  });

  test.each([
    undefined,
    '',
  ])('is not guessed: there is one context, asked for is %j, none is current', async context => {
    const kubeconfig = folder.write('a', kubeconfigText([{ name: 'prod' }], ''));
    expect(await problemOf(() => load({ kubeconfig, ...(context === undefined ? {} : { context }) }))).toEqual({
      code: 'KubeconfigInvalid',
      message: 'the kubeconfig has no current context',
      mend: 'name one with --context, or choose it: kubectl config use-context NAME; the contexts are "prod"',
    });
  });

  test('that is current may be one that does not exist', async () => {
    const kubeconfig = folder.write('a', kubeconfigText([{ name: 'prod' }], 'gone'));
    expect((await problemOf(() => load({ kubeconfig }))).message).toBe('there is no context "gone" in the kubeconfig');
  });

  test.each([
    ['cluster', 'cluster: prod-cluster'],
    ['user', 'user: prod-user'],
  ])('cannot name a %s that does not exist', async (what, entry) => {
    const text = kubeconfigText([{ name: 'prod' }]).replace(entry, `${what}: gone`);
    expect(await problemOf(() => load({ kubeconfig: folder.write('a', text) }))).toEqual({
      code: 'KubeconfigInvalid',
      message: `there is no ${what} "gone" in the kubeconfig`,
      mend: `the ${what}s are "prod-${what}"`,
    });
  });
});

describe('a flag', () => {
  const asked = (flags: Partial<ConnectionFlags>) => loginOf({ kubeconfig: folder.write('a', both), ...flags });

  test('--cluster takes another cluster with the same login', () => {
    expect(asked({ cluster: 'dr-cluster' })).toEqual(['prod', 'https://dr.invalid', 'prod-user', 'token-of-prod']);
  });

  test('--user takes another login for the same cluster', () => {
    expect(asked({ user: 'dr-user' })).toEqual(['prod', 'https://prod.invalid', 'dr-user', 'token-of-dr']);
  });

  test('--server takes another address', () => {
    expect(asked({ server: 'https://there' })).toEqual(['prod', 'https://there', 'prod-user', 'token-of-prod']);
  });

  test('--token takes another token', () => {
    expect(asked({ token: 'mine' })).toEqual(['prod', 'https://prod.invalid', 'prod-user', 'mine']);
  });

  test('--token leaves nothing of the login in the kubeconfig', () => {
    const user = { 'client-certificate-data': 'YQ==', 'client-key-data': 'YQ==', exec: { command: 'log-in' } };
    const kubeconfig = folder.write('a', [{ name: 'prod', user }]);
    expect(load({ kubeconfig, token: 'mine' }).getCurrentUser()).toEqual({ name: 'prod-user', token: 'mine' });
  });

  test('--token needs no user in the kubeconfig', () => {
    const text = kubeconfigText([{ name: 'prod' }]).replace('user: prod-user', '');
    const kubeconfig = folder.write('a', text);
    expect(loginOf({ kubeconfig, token: 'mine' })).toEqual(['prod', 'https://prod.invalid', '', 'mine']);
  });

  test.each([
    ['cluster', 'there is no cluster "gone" in the kubeconfig'],
    ['user', 'there is no user "gone" in the kubeconfig'],
  ])('--%s cannot name what is not there', async (flag, message) => {
    const kubeconfig = folder.write('a', both);
    expect((await problemOf(() => load({ kubeconfig, [flag]: 'gone' }))).message).toBe(message);
  });

  test('does not change the file’s other contexts into the login', () => {
    const config = load({ kubeconfig: folder.write('a', both), context: 'dr' });
    expect(config.getUsers().map(({ name }) => name)).toEqual(['dr-user']);
  });
});
