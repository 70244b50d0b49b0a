import { accessSync, chmodSync, constants, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { RecoverError } from '../../api/recover-error.ts';
import { EXIT } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { type CommandContext, tell } from './command-context.ts';

export interface CompletionFlags {
  readonly action: 'install' | 'print';
  readonly dir?: string | undefined;
}

interface Shim {
  readonly name: string;
  readonly text: string;
}

/** kubectl looks for a program of this name on the PATH, and so finds the plugin too, wherever an upgrade puts it. */
const shimOf = (platform: NodeJS.Platform): Shim =>
  platform === 'win32'
    ? // krew brings an .exe there, npm a .cmd; Windows finds either.
      { name: 'kubectl_complete-recover.cmd', text: '@kubectl-recover __complete %*\r\n' }
    : { name: 'kubectl_complete-recover', text: '#!/bin/sh\nexec kubectl-recover __complete "$@"\n' };

/** The folder of the PATH that kubectl takes the plugin from. */
const pluginFolder = (env: Io['env'], platform: NodeJS.Platform): string => {
  const names = platform === 'win32' ? ['kubectl-recover.exe', 'kubectl-recover.cmd'] : ['kubectl-recover'];
  const found = (env['PATH'] ?? '')
    .split(delimiter)
    .find(folder => folder !== '' && names.some(name => existsSync(join(folder, name))));
  if (found !== undefined) return found;
  throw new RecoverError({
    code: 'NotFound',
    message: `there is no "${names.join('" or "')}" on the PATH`,
    mend: 'install the plugin, or name a folder on the PATH with --dir',
  });
};

const write = (folder: string, { name, text }: Shim): void => {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
    const path = join(folder, name);
    writeFileSync(path, text);
    chmodSync(path, 0o755);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new RecoverError(
      {
        code: 'UsageError',
        message: `"${name}" cannot be written into "${folder}": ${why}`,
        mend: 'name a folder of yours that is on the PATH with --dir',
      },
      { cause },
    );
  }
};

/** `kubectl recover completion install|print`: krew installs one program of a plugin, and kubectl's completion asks another. */
export const completion = async (
  { action, dir }: CompletionFlags,
  context: CommandContext,
  platform: NodeJS.Platform = process.platform,
): Promise<number> => {
  const { io } = context;
  const shim = shimOf(platform);
  if (action === 'print') {
    io.stdout.write(shim.text);
    return EXIT.success;
  }
  const folder = dir ?? pluginFolder(io.env, platform);
  write(folder, shim);
  tell(context, `wrote ${join(folder, shim.name)}`);
  tell(context, 'kubectl’s own completion must be on; if it is not: kubectl completion --help');
  return EXIT.success;
};
