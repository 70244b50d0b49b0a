import { afterEach, beforeEach, expect, test } from 'vitest';
import { FakeCatalogue } from '../../test/fakes/fake-catalogue.ts';
import { FakeTerminal } from '../../test/fakes/fake-terminal.ts';
import { KubeconfigFolder } from '../../test/fakes/kubeconfig-folder.ts';
import { LoginProgram } from '../../test/fakes/login-program.ts';
import { run } from '../run.ts';

let folder: KubeconfigFolder;
let program: LoginProgram;
let source: FakeCatalogue;
let destination: FakeCatalogue;
let env: Readonly<Record<string, string>>;

/** Has both users of the kubeconfig log in with a program; `before` is what its shell script does first. */
const logInWith = (before = ''): void => {
  program = new LoginProgram({ token: 'of the program' }, { before });
  const exec = program.entry({ provideClusterInfo: true });
  const entry = (name: string, { url }: FakeCatalogue) => ({
    name,
    server: url,
    cluster: { 'insecure-skip-tls-verify': true },
    user: { token: undefined, exec },
  });
  env = { KUBECONFIG: folder.write('config', [entry('prod', source), entry('dr', destination)]) };
};

beforeEach(async () => {
  folder = new KubeconfigFolder();
  [source, destination] = await Promise.all([FakeCatalogue.start('prod'), FakeCatalogue.start('dr')]);
  const points = [
    {
      backup: 'night',
      source: '5f0e0c1e-0000-4000-8000-000000000001',
      startTime: '2026-03-02T03:00:00Z',
      namespaces: ['shop'],
      phase: 'Completed',
      usable: true,
    },
  ];
  source.answer = { points };
  destination.answer = { points };
  logInWith();
});
afterEach(async () => {
  await Promise.all([source.stop(), destination.stop()]);
  program.remove();
  folder.remove();
});

const RECOVER = ['shop', '--latest', '--from-context', 'prod', '--context', 'dr'] as const;

const recover = async (...flags: readonly string[]) => {
  const terminal = new FakeTerminal({ env });
  return { exitCode: await run([...RECOVER, ...flags], terminal), talk: terminal.talk };
};

const serverOf = (cluster: unknown): unknown =>
  typeof cluster === 'object' && cluster !== null && 'server' in cluster ? cluster.server : undefined;

const asked = () => program.seen.map(({ info }) => serverOf(info.spec['cluster']));

const headersOf = ({ server }: FakeCatalogue, name: string) =>
  new Set(server.requests.map(({ headers }) => headers[name]));

test('a recovery between clusters runs the login program once for each', async () => {
  expect((await recover()).exitCode).toBe(0);
  expect(asked()).toEqual([source.url, destination.url]);
  expect([headersOf(source, 'authorization'), headersOf(destination, 'authorization')]).toEqual([
    new Set(['Bearer of the program']),
    new Set(['Bearer of the program']),
  ]);
});

test('one login ends before the next begins, although both clusters are asked at once', async () => {
  program.remove();
  // Two that run at once cannot both make the folder.
  logInWith(`mkdir "$0.running" || exit 3; sleep 0.3; rmdir "$0.running"`);
  const { talk, exitCode } = await recover();
  expect(talk).not.toContain('exit code 3');
  expect(exitCode).toBe(0);
  expect(asked()).toEqual([source.url, destination.url]);
});

test('a token for the destination leaves the source to the login program', async () => {
  expect((await recover('--token', 'mine')).exitCode).toBe(0);
  expect(asked()).toEqual([source.url]);
  expect([headersOf(source, 'authorization'), headersOf(destination, 'authorization')]).toEqual([
    new Set(['Bearer of the program']),
    new Set(['Bearer mine']),
  ]);
});

test('whom to act as is meant for both clusters', async () => {
  expect((await recover('--as', 'alice', '--as-group', 'team-shop', '--as-uid', '42')).exitCode).toBe(0);
  for (const cluster of [source, destination]) {
    expect(headersOf(cluster, 'impersonate-user')).toEqual(new Set(['alice']));
    expect(headersOf(cluster, 'impersonate-group')).toEqual(new Set(['team-shop']));
    expect(headersOf(cluster, 'impersonate-uid')).toEqual(new Set(['42']));
  }
});

test('a login program that fails ends the recovery before anything is asked', async () => {
  program.answer('');
  expect(await recover()).toEqual({
    exitCode: 1,
    talk: `Error: cluster "prod" cannot be used: login program "${program.command}" does not answer in JSON (KubeconfigInvalid)\n  do: update the program, or tell its maker\n`,
  });
  expect([...source.server.requests, ...destination.server.requests]).toEqual([]);
});
