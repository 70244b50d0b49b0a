import type { Tools } from '../clusters/build-tools.ts';
import { PseudoTerminal, type PseudoTerminalOptions } from './pseudo-terminal.ts';

export interface PluginTerminalOptions extends Pick<PseudoTerminalOptions, 'rows' | 'columns'> {
  readonly tools: Tools;
  readonly kubeconfigs: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const START = new URL('../../plugin/main.ts', import.meta.url).pathname;

/** `kubectl recover` as a person has it before them: in a real pseudo-terminal, with that person's kubeconfigs. */
export const pluginTerminal = (args: readonly string[], options: PluginTerminalOptions): PseudoTerminal => {
  const { tools, kubeconfigs, env, ...size } = options;
  return PseudoTerminal.start(process.execPath, [START, ...args], {
    tools,
    ...size,
    env: { PATH: process.env['PATH'] ?? '', KUBECONFIG: kubeconfigs.join(':'), ...env },
  });
};
