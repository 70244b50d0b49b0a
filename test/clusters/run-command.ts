import { spawn } from 'node:child_process';
import { basename } from 'node:path';
import { TestClusterError } from './test-cluster-error.ts';

export interface CommandOptions {
  readonly cwd?: string;
  /** The whole environment of the command; absent: the one of this process. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly timeoutSeconds?: number;
}

/** A command that could not be started (`exitCode` undefined), was killed (likewise) or said no. */
export class CommandFailed extends TestClusterError {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;

  constructor(commandLine: string, how: string, exitCode: number | undefined, stdout: string, stderr: string) {
    super('CommandFailed', `"${commandLine}" ${how}${stderr === '' ? '' : `:\n${stderr.trimEnd()}`}`);
    this.exitCode = exitCode;
    this.stdout = stdout;
    this.stderr = stderr;
  }
}

/** Runs a command to its end and returns its stdout; throws `CommandFailed` unless it exits with 0. */
export function runCommand(command: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const commandLine = [basename(command), ...args].join(' ');
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: 'pipe',
      timeout: options.timeoutSeconds === undefined ? undefined : options.timeoutSeconds * 1000,
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', chunk => stdout.push(chunk));
    child.stderr.on('data', chunk => stderr.push(chunk));
    const fail = (how: string, exitCode?: number) =>
      reject(
        new CommandFailed(commandLine, how, exitCode, String(Buffer.concat(stdout)), String(Buffer.concat(stderr))),
      );
    child.on('error', error => fail(`could not be started (${error.message})`));
    child.on('close', (exitCode, signal) => {
      if (exitCode === 0) resolve(String(Buffer.concat(stdout)));
      else if (exitCode === null) fail(`was ended by ${signal}`);
      else fail(`exited with ${exitCode}`, exitCode);
    });
    // A command that ends without reading its input closes the pipe; its exit code tells what it thought of that.
    child.stdin.on('error', error => {
      if (!('code' in error) || error.code !== 'EPIPE') fail(`did not take its input (${error.message})`);
    });
    child.stdin.end(options.input ?? '');
  });
}
