import type { ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { TestClusterError } from './test-cluster-error.ts';
import { waitUntil } from './wait-until.ts';

export interface ProgramSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Beside PATH the whole environment: a developer's KUBECONFIG or AWS_* must not reach a test cluster. */
  readonly env?: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** Absent: ready once started. */
  readonly isReady?: () => Promise<boolean>;
  /** How long it may take to end by itself; absent: 10 s. */
  readonly stopTimeoutSeconds?: number;
}

/** One program as a process of its own that can be stopped and started again with the same arguments. */
export interface Program {
  readonly name: string;
  readonly logFile: string;
  /** Undefined while it does not run. */
  readonly pid: number | undefined;
  /** Resolves when it is ready; does nothing when it runs. */
  start(): Promise<void>;
  /** SIGTERM, then SIGKILL after a bound; resolves when the process is gone; does nothing when it does not run. */
  stop(): Promise<void>;
  /** For fault tests: SIGKILL, SIGSTOP, SIGCONT. */
  signal(signal: NodeJS.Signals): void;
}

const readyTimeoutSeconds = 90;
const defaultStopTimeoutSeconds = 10;
const shownLogLines = 15;

/** `spawn` starts the process of a spec; the program it is for decides when. */
export function createProgram(spec: ProgramSpec, spawn: (spec: ProgramSpec) => ChildProcess): Program {
  let child: ChildProcess | undefined;
  let spawnError: Error | undefined;

  const runningChild = () =>
    child !== undefined && child.exitCode === null && child.signalCode === null && spawnError === undefined
      ? child
      : undefined;

  const isReadyOrGone = async () => {
    if (runningChild() === undefined) throw await exitedError();
    return spec.isReady === undefined || (await spec.isReady());
  };

  const exitedError = async () => {
    const lines = (await readFile(spec.logFile, 'utf8')).trimEnd().split('\n').slice(-shownLogLines);
    const how = spawnError?.message ?? child?.signalCode ?? `exit code ${child?.exitCode}`;
    return new TestClusterError(
      'ProgramExited',
      `"${spec.name}" ended before it was ready (${how}); the end of its log "${spec.logFile}":\n${lines.join('\n')}`,
    );
  };

  return {
    name: spec.name,
    logFile: spec.logFile,
    get pid() {
      return runningChild()?.pid;
    },
    async start() {
      if (runningChild() !== undefined) return;
      spawnError = undefined;
      child = spawn(spec);
      child.once('error', error => {
        spawnError = error;
      });
      await waitUntil(`"${spec.name}" ready (its log is "${spec.logFile}")`, isReadyOrGone, {
        timeoutSeconds: readyTimeoutSeconds,
      });
    },
    async stop() {
      const running = runningChild();
      if (running === undefined) return;
      // The program does not keep this process alive, but the wait for its end must.
      running.ref();
      const gone = new Promise<void>(resolve => running.once('exit', () => resolve()));
      running.kill('SIGTERM');
      const inTime = new AbortController();
      const kill = sleep((spec.stopTimeoutSeconds ?? defaultStopTimeoutSeconds) * 1000, undefined, {
        signal: inTime.signal,
      }).then(
        () => running.kill('SIGKILL'),
        () => false,
      );
      await gone;
      inTime.abort();
      await kill;
    },
    signal(signal) {
      runningChild()?.kill(signal);
    },
  };
}
