import { setTimeout as sleep } from 'node:timers/promises';
import type { Io } from '../../plugin/io.ts';
import { run } from '../../plugin/run.ts';
import type { PluginOptions, PluginResult } from './run-plugin.ts';

/**
 * Runs `kubectl recover` in this process: its arguments, its kubeconfigs, its connections, its clock, as `main.ts`
 * gives them. For many people at once: sixty programs that start on the machine of the clusters would hold each other
 * up, where people have machines of their own.
 */
export const runPluginHere = async (
  args: readonly string[],
  { kubeconfigs, env }: PluginOptions,
): Promise<PluginResult> => {
  const written = { stdout: '', stderr: '' };
  const stream = (name: keyof typeof written) => ({
    isTTY: false,
    write: (text: string) => {
      written[name] += text;
    },
  });
  const io: Io = {
    stdout: stream('stdout'),
    stderr: stream('stderr'),
    stdinIsTTY: false,
    env: { KUBECONFIG: kubeconfigs.join(':'), ...env },
    clock: Date.now,
    sleep: async milliseconds => {
      await sleep(milliseconds);
    },
    question: () => Promise.reject(new TypeError('nobody is there to be asked')),
    interrupted: new AbortController().signal,
  };
  const exitCode = await run(args, io);
  return { exitCode, ...written };
};
