import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { PluginResult } from '../environment/run-plugin.ts';

export interface ShownOptions {
  /** The whole environment of the command. */
  readonly env: Readonly<Record<string, string>>;
  /** Ends the command. */
  readonly signal: AbortSignal;
  /** Gets each line of stdout and stderr, as it comes. */
  readonly show: (line: string) => void;
}

/** Runs a command in front of the audience; rejects if it cannot be started or was ended by a signal. */
export const runShown = (words: readonly string[], { env, signal, show }: ShownOptions): Promise<PluginResult> => {
  const [command = '', ...args] = words;
  const { promise, resolve, reject } = Promise.withResolvers<PluginResult>();
  const child = spawn(command, args, { env, signal, stdio: ['ignore', 'pipe', 'pipe'] });
  const collect = (stream: Readable): string[] => {
    const lines: string[] = [];
    createInterface({ input: stream }).on('line', line => {
      lines.push(line);
      show(line);
    });
    return lines;
  };
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  child.once('error', reject);
  child.once('close', (exitCode, endedBy) => {
    if (exitCode === null) reject(new Error(`"${words.join(' ')}" was ended by ${endedBy}`));
    else resolve({ exitCode, stdout: stdout.join('\n'), stderr: stderr.join('\n') });
  });
  return promise;
};
