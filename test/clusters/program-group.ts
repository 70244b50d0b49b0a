import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { processIdentity } from './process-identity.ts';
import { createProgram, type Program, type ProgramSpec } from './program.ts';

/** The programs that one run started: ended together, in reverse order, and never left behind. */
export interface ProgramGroup {
  /** Makes a program of this group and starts it; resolves when it is ready. */
  start(spec: ProgramSpec): Promise<Program>;
  stop(): Promise<void>;
}

/** Starts the watchdog that ends the group's programs should this process go without doing it. */
export function createProgramGroup(): ProgramGroup {
  const programs: Program[] = [];
  const watchdog = spawn(process.execPath, [fileURLToPath(new URL('watchdog.ts', import.meta.url))], {
    // Detached: a Ctrl-C in the terminal goes to the whole foreground group, and must not reach it.
    detached: true,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const watchdogGone = new Promise<void>(resolve => watchdog.once('close', () => resolve()));
  let watchdogError: Error | undefined;
  watchdog.once('error', error => {
    watchdogError = error;
  });
  watchdog.stdin.on('error', error => {
    watchdogError = error;
  });
  watchdog.unref();

  const tell = (line: string) => {
    if (watchdogError !== undefined) throw watchdogError;
    watchdog.stdin.write(`${line}\n`);
  };

  const spawnWatched = (spec: ProgramSpec): ChildProcess => {
    const log = openSync(spec.logFile, 'a');
    const child = spawn(spec.command, spec.args, {
      detached: true,
      env: { PATH: process.env['PATH'], ...spec.env },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    const pid = child.pid;
    if (pid !== undefined) {
      const identity = processIdentity(pid);
      if (identity !== undefined) tell(`started\t${pid}\t${identity}`);
      child.once('exit', () => tell(`ended\t${pid}`));
    }
    child.unref();
    return child;
  };

  return {
    async start(spec) {
      const program = createProgram(spec, spawnWatched);
      programs.push(program);
      await program.start();
      return program;
    },
    async stop() {
      // Clients before servers: whoever loses its server logs errors and takes longer to end.
      for (const program of programs.toReversed()) await program.stop();
      watchdog.ref();
      watchdog.stdin.end();
      if (watchdog.exitCode === null && watchdog.signalCode === null && watchdogError === undefined) await watchdogGone;
    },
  };
}
