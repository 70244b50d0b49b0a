// npm run demo -- [--keep]: a recovery, shown on two real clusters.
import { reportToStderr as report } from '../clusters/reporter.ts';
import { TestClusterError } from '../clusters/test-cluster-error.ts';
import { listenForInterruption } from './interruption.ts';
import { readOptions, USAGE } from './options.ts';
import { runDemo } from './run-demo.ts';

const run = async (keep: boolean): Promise<number> => {
  const signal = listenForInterruption(report);
  try {
    return (await runDemo(keep, { stdout: process.stdout, report, signal })) ? 0 : 1;
  } catch (error) {
    // What fails after Ctrl-C fails because of it.
    if (signal.aborted) return 130;
    // Anything else is a bug and keeps its stack.
    if (!(error instanceof TestClusterError)) throw error;
    report(`error: ${error.message}`);
    return 1;
  }
};

const options = readOptions(process.argv.slice(2));
switch (options.kind) {
  case 'help':
    process.stdout.write(USAGE);
    break;
  case 'wrong':
    process.stderr.write(`error: ${options.message}\n\n${USAGE}`);
    process.exitCode = 2;
    break;
  case 'run':
    process.exitCode = await run(options.keep);
}
