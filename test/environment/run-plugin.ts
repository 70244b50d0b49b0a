import { spawn } from 'node:child_process';

/** What one run of the plugin printed and how it ended. */
export interface PluginResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface PluginOptions {
  /** Kubeconfigs, joined as in KUBECONFIG. */
  readonly kubeconfigs: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutSeconds?: number;
}

const START = new URL('../../plugin/main.ts', import.meta.url).pathname;

/** Runs `kubectl recover` as its user does: a process of its own, with that user's kubeconfigs and nothing else. */
export const runPlugin = (args: readonly string[], options: PluginOptions): Promise<PluginResult> => {
  const { promise, resolve, reject } = Promise.withResolvers<PluginResult>();
  const child = spawn(process.execPath, [START, ...args], {
    env: {
      PATH: process.env['PATH'] ?? '',
      KUBECONFIG: options.kubeconfigs.join(':'),
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: (options.timeoutSeconds ?? 300) * 1000,
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  child.once('error', reject);
  child.once('close', (exitCode, signal) => {
    const text = (chunks: Buffer[]): string => Buffer.concat(chunks).toString('utf8');
    if (exitCode === null)
      reject(new Error(`"kubectl recover ${args.join(' ')}" was ended by ${signal}: ${text(stderr)}`));
    else resolve({ exitCode, stdout: text(stdout), stderr: text(stderr) });
  });
  return promise;
};
