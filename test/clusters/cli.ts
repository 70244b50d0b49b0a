// npx node test/clusters/cli.ts up|build
import { buildTools } from './build-tools.ts';
import { startEnvironment } from './environment.ts';
import { reportToStderr } from './reporter.ts';
import { TestClusterError } from './test-cluster-error.ts';

const usage = `usage: npx node test/clusters/cli.ts COMMAND

  build        build the programs that are not in the cache yet
  up [--keep]  start the clusters "prod" and "dr" with Velero, until Ctrl-C; --keep keeps their folder
`;

async function up(keep: boolean): Promise<void> {
  const environment = await startEnvironment({ report: reportToStderr, keep });
  for (const cluster of Object.values(environment.clusters)) {
    process.stdout.write(`${cluster.name}\t${cluster.adminKubeconfigPath}\n`);
  }
  const paths = Object.values(environment.clusters).map(cluster => cluster.adminKubeconfigPath);
  reportToStderr(`\nexport KUBECONFIG=${paths.join(':')}`);
  reportToStderr(`export PATH=$PATH:${environment.tools.path('kubectl').replace(/\/kubectl$/, '')}`);
  reportToStderr('Ctrl-C ends it.');
  await interrupted();
  reportToStderr('stopping');
  await environment.stop();
}

async function interrupted(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  // Listening for a signal does not keep a process alive; a timer does.
  const alive = setInterval(() => undefined, 2 ** 30);
  process.once('SIGINT', () => resolve());
  process.once('SIGTERM', () => resolve());
  await promise;
  clearInterval(alive);
}

const [command, ...flags] = process.argv.slice(2);
try {
  if (command === 'build') await buildTools(reportToStderr);
  else if (command === 'up') await up(flags.includes('--keep'));
  else {
    process.stderr.write(usage);
    process.exitCode = 2;
  }
} catch (error) {
  // Anything else is a bug and keeps its stack.
  if (!(error instanceof TestClusterError)) throw error;
  reportToStderr(`error: ${error.message}`);
  process.exitCode = 1;
}
