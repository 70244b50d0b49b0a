import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { type Environment, startEnvironment } from '../clusters/environment.ts';
import { deployPlain } from '../environment/plain-application.ts';
import { quietReporter } from '../environment/quiet-reporter.ts';
import {
  type RecoveryEnvironment,
  startRecoveryEnvironment,
  type TestUser,
} from '../environment/recovery-environment.ts';
import { type PluginResult, runPlugin } from '../environment/run-plugin.ts';
import { backUp, registerGroup } from '../environment/team-work.ts';

/** What people get wrong: each time a clear message, the next step, an exit code that says so, and nothing left behind. */

let environment: RecoveryEnvironment;
let bare: Environment<'bare'>;
let alice: TestUser;
let folder: string;

const RECOVER = ['shop', '--latest', '--context', 'prod', '--yes'] as const;

interface Complaint {
  readonly exitCode: number;
  readonly code: string;
  /** What the message has to say beside its code, the next step above all. */
  readonly says: readonly string[];
}

const expectComplaint = (result: PluginResult, { exitCode, code, says }: Complaint): void => {
  expect(result.stderr).toContain(code);
  for (const words of says) expect(result.stderr).toContain(words);
  expect(result.stderr).toMatch(/do: \S/);
  expect(result.exitCode).toBe(exitCode);
  expect(result.stdout).toBe('');
};

/** Runs the plugin with a kubeconfig made from alice's. */
const withKubeconfig = async (name: string, change: (config: string) => string): Promise<PluginResult> => {
  const path = join(folder, name);
  await writeFile(path, change(await readFile(alice.kubeconfigs.prod, 'utf8')));
  return runPlugin(RECOVER, { kubeconfigs: [path] });
};

beforeAll(async () => {
  environment = await startRecoveryEnvironment({ report: quietReporter });
  bare = await startEnvironment({
    report: quietReporter,
    places: { bare: { cloud: 'aws', region: 'eu-west-1' } },
    velero: false,
    cluster: { nodes: false },
  });
  const { prod } = environment.clusters;
  alice = await environment.user('alice');
  folder = join(environment.environment.dir, 'kubeconfigs-of-the-tests');
  await mkdir(folder);
  await deployPlain(prod, 'alice', 'shop');
  await registerGroup(alice, 'prod', 'shop', ['shop']);
  await backUp(prod, 'whole');
});

afterAll(async () => {
  const left = await environment?.clusters.prod.kubectl('get', 'recoveries,restores.velero.io', '-A', '-o', 'name');
  await bare?.stop();
  await environment?.stop();
  expect(left).toBe('');
});

describe('what does not exist', () => {
  test.each<[string, readonly string[], Complaint]>([
    [
      'a group',
      ['shpo', '--latest', '--context', 'prod'],
      { exitCode: 3, code: 'NotOwner', says: ['"shpo"', 'did you mean "shop"?', 'kubectl recover group list'] },
    ],
    [
      'a point',
      ['shop', '--point', 'yesterday', '--context', 'prod'],
      { exitCode: 4, code: 'PointNotFound', says: ['"yesterday"', 'the newest are "whole"'] },
    ],
    [
      'a context',
      ['shop', '--latest', '--context', 'prd'],
      { exitCode: 1, code: 'KubeconfigInvalid', says: ['"prd"', 'did you mean "prod"?'] },
    ],
    [
      'a source context',
      ['shop', '--latest', '--context', 'prod', '--from-context', 'dev'],
      { exitCode: 1, code: 'KubeconfigInvalid', says: ['"dev"', '"prod"'] },
    ],
    [
      'a cluster',
      ['shop', '--latest', '--context', 'prod', '--to-cluster', '00000000-0000-4000-8000-000000000000'],
      { exitCode: 3, code: 'DestinationMismatch', says: ['00000000-0000-4000-8000-000000000000'] },
    ],
    [
      'a point at a time before the first',
      ['shop', '--at', '2020-01-01T00:00:00Z', '--context', 'prod'],
      { exitCode: 4, code: 'PointNotFound', says: ['the oldest is "whole"'] },
    ],
  ])('%s', async (_what, args, complaint) => {
    expectComplaint(await alice.recover(...args, '--yes'), complaint);
  });
});

describe('what cannot be meant', () => {
  test.each<[string, readonly string[], readonly string[]]>([
    ['a time that is none', ['shop', '--at', 'yesterdayish'], ['yesterdayish']],
    ['two ways to choose a point', ['shop', '--latest', '--point', 'whole'], ['--latest', '--point']],
    ['a mapping that is none', ['shop', '--latest', '--map', 'shop'], ['OLD=NEW']],
    ['an unknown flag', ['shop', '--latset'], ['latset']],
    ['no group', [], ['which application group']],
    ['no point, and no terminal to ask at', ['shop'], ['--latest, --point NAME or --at TIME']],
  ])('%s', async (_what, args, says) => {
    expectComplaint(await alice.recover(...args, '--context', 'prod'), { exitCode: 2, code: 'UsageError', says });
  });
});

describe('a kubeconfig', () => {
  test('that is missing', async () => {
    const result = await runPlugin(RECOVER, { kubeconfigs: [join(folder, 'missing')] });
    expectComplaint(result, { exitCode: 1, code: 'KubeconfigInvalid', says: [join(folder, 'missing')] });
  });

  test('that is broken', async () => {
    const result = await withKubeconfig('broken', config => `${config}\n  : [`);
    expectComplaint(result, { exitCode: 1, code: 'KubeconfigInvalid', says: ['broken'] });
  });

  test('whose login is not accepted, as one that expired', async () => {
    const result = await withKubeconfig('expired', config => {
      const content = parse(config);
      const users = content.users.map(({ name }: { name: string }) => ({ name, user: { token: 'expired-long-ago' } }));
      return stringify({ ...content, users });
    });
    expectComplaint(result, { exitCode: 1, code: 'LoginRejected', says: ['log in again'] });
    expect(result.stderr).not.toContain('expired-long-ago');
  });

  test('of a cluster that does not answer', async () => {
    const result = await withKubeconfig('gone', config =>
      config.replace(/https:\/\/127\.0\.0\.1:\d+/, 'https://127.0.0.1:9'),
    );
    expectComplaint(result, {
      exitCode: 1,
      code: 'ClusterUnreachable',
      says: ['"prod"', 'kubectl --context prod version'],
    });
  });
});

describe('a cluster', () => {
  const inBare = (...args: readonly string[]) =>
    runPlugin(args, { kubeconfigs: [bare.clusters.bare.adminKubeconfigPath] });

  test.each([
    [['shop', '--latest', '--yes']],
    [['points', 'shop']],
    [['group', 'list']],
    [['cluster', 'show']],
  ])('without the catalogue: kubectl recover %j', async args => {
    const complaint = { exitCode: 1, code: 'CatalogueMissing', says: ['kubectl recover install --context bare'] };
    expectComplaint(await inBare(...args), complaint);
  });

  test('without Velero', async () => {
    expectComplaint(await inBare('install', '--yes'), { exitCode: 1, code: 'VeleroMissing', says: ['Velero'] });
    const namespaces = await bare.clusters.bare.kubectl('get', 'namespaces', '-o', 'name');
    expect(namespaces).not.toContain('kubectl-recover');
  });

  test('whose catalogue is dead', async () => {
    const { replicas } = environment.catalogues.prod;
    await Promise.all(replicas.map(replica => replica.stop()));
    const result = await alice.recover(...RECOVER);
    await Promise.all(replicas.map(replica => replica.start()));
    expectComplaint(result, { exitCode: 1, code: 'CatalogueMissing', says: ['does not answer'] });
  });

  test('that is a peer which the destination does not trust', async () => {
    const result = await alice.recover('shop', '--latest', '--from-context', 'prod', '--context', 'dr', '--yes');
    const says = ['kubectl recover cluster trust --from-context prod --context dr'];
    expectComplaint(result, { exitCode: 3, code: 'PeerNotTrusted', says });
  });
});
