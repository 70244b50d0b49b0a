import type { Io } from '../io.ts';
import { contextOf, type GlobalArgv } from './global-options.ts';

/** `completion` and `inspect`. */
export const addToolCommands = (yargs: GlobalArgv, io: Io, done: (exitCode: number) => void) =>
  yargs.command(
    'completion <action>',
    'Have the shell complete what is typed behind kubectl recover',
    command =>
      command
        .positional('action', {
          choices: ['install', 'print'] as const,
          demandOption: true,
          describe: 'install: put a small program beside the plugin, which kubectl’s completion asks; print: show it',
        })
        .option('dir', { type: 'string', requiresArg: true, describe: 'Folder on the PATH to put it into' })
        .example('kubectl recover completion install', 'once; the completion of kubectl itself must be on')
        .example('kubectl recover completion print > ~/bin/kubectl_complete-recover', 'by hand; make it executable'),
    async flags => {
      const { completion } = await import('../commands/completion.ts');
      const { action, dir } = flags;
      done(await completion({ action, dir }, contextOf(flags, io)));
    },
  );
