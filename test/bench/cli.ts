// npm run bench:cli -- [--rounds 21]: how long the packaged plugin takes to start and to list recovery points.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildBundles } from '../../krew/build-bundles.ts';
import { makeExecutable } from '../../krew/make-executable.ts';
import { executableName, platformOf } from '../../krew/platforms.ts';
import { reportToStderr as report } from '../clusters/reporter.ts';
import { clientOf } from '../environment/api-user.ts';
import { deployPlain } from '../environment/plain-application.ts';
import { type RecoveryEnvironment, startRecoveryEnvironment } from '../environment/recovery-environment.ts';
import { backUp, registerGroup } from '../environment/team-work.ts';
import { type CliRow, cliResult, cliRow, renderedCli } from './cli-result.ts';
import { interleave } from './interleave.ts';
import { timeRequests } from './time-requests.ts';

const RESULTS = new URL('results/', import.meta.url);
const ANSWER_LIMIT_MS = 50;

const readRounds = (): number => {
  const { values } = parseArgs({ options: { rounds: { type: 'string', default: '21' } } });
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 10) throw new TypeError('--rounds is a number from 10');
  return rounds;
};

/** The plugin as krew installs it here. */
const packagedPlugin = async (folder: string): Promise<string> => {
  const bundles = join(folder, 'bundles');
  await buildBundles(join(import.meta.dirname, '../..'), bundles);
  const here = platformOf(process.platform, process.arch);
  const path = join(folder, executableName(here));
  await writeFile(path, await makeExecutable({ platform: here, here, bundles, folder }), { mode: 0o755 });
  return path;
};

const measure = async (
  { clusters: { prod }, environment, user }: RecoveryEnvironment,
  plugin: string,
  rounds: number,
): Promise<readonly CliRow[]> => {
  const alice = await user('alice');
  await deployPlain(prod, 'alice', 'shop');
  await registerGroup(alice, 'prod', 'shop', ['shop']);
  const phase = await backUp(prod, 'nightly');
  if (phase !== 'Completed') throw new Error(`the backup ended as ${phase}`);
  const velero = environment.tools.path('velero');
  const env = (kubeconfig: string) => ({ PATH: process.env['PATH'] ?? '', HOME: tmpdir(), KUBECONFIG: kubeconfig });
  const [ofAlice, ofOperator] = [env(alice.kubeconfigs.prod), env(prod.adminKubeconfigPath)];
  const times = await interleave(
    {
      version: { command: plugin, args: ['version'], env: ofAlice },
      veleroVersion: { command: velero, args: ['version', '--client-only'], env: ofOperator },
      points: { command: plugin, args: ['points', 'shop'], env: ofAlice },
      veleroBackups: { command: velero, args: ['backup', 'get'], env: ofOperator },
    },
    rounds,
  );
  const [owner, operator] = [clientOf(alice.kubeconfigs.prod), clientOf(prod.adminKubeconfigPath)];
  const answers = await timeRequests(owner, operator, 'shop/shop', rounds);
  await Promise.all([owner.close(), operator.close()]);
  return [
    cliRow('kubectl-recover version', times.version, 'velero version --client-only', times.veleroVersion, 1.5),
    cliRow('kubectl-recover points GROUP', times.points, 'velero backup get', times.veleroBackups, 2.5),
    cliRow('AccessRequest answered', answers, 'what it may take', [ANSWER_LIMIT_MS], 1),
  ];
};

const rounds = readRounds();
const folder = await mkdtemp(join(tmpdir(), 'kubectl-recover-bench-cli-'));
const plugin = await packagedPlugin(folder);
const environment = await startRecoveryEnvironment({ report });
try {
  const [date, before] = [new Date(), loadavg()[0] ?? Number.NaN];
  const rows = await measure(environment, plugin, rounds);
  const result = cliResult(rows, { rounds, date, loadAverage: [before, loadavg()[0] ?? Number.NaN] });
  await mkdir(RESULTS, { recursive: true });
  await writeFile(new URL('cli.json', RESULTS), `${JSON.stringify(result, undefined, 2)}\n`);
  process.stdout.write(renderedCli(result));
} finally {
  await environment.stop();
  await rm(folder, { recursive: true });
}
