import type { Io } from '../io.ts';
import { contextOf, type GlobalArgv } from './global-options.ts';

/** `completion` and `inspect`. */
export const addToolCommands = (yargs: GlobalArgv, io: Io, done: (exitCode: number) => void) => {
  yargs.command(
    'inspect <input>',
    'Show what a token says, and whether it holds',
    command =>
      command
        .positional('input', {
          type: 'string',
          demandOption: true,
          describe: 'A token, a file with one or with an object that carries one, or - for stdin',
        })
        // Else yargs takes the - of stdin for an empty word.
        .nargs('input', 1)
        .option('keys', {
          type: 'string',
          array: true,
          nargs: 1,
          default: [] as string[],
          describe: 'File of ClusterIdentities or a JWKS; with --context the keys of that cluster count too',
        })
        .example('kubectl recover inspect backup.yaml --keys identities.yaml', 'a stamp; asks no cluster')
        .example(
          'kubectl get recovery NAME -o yaml | kubectl recover inspect - --context dr',
          'ends with 3 if it fails',
        ),
    async flags => {
      const { inspect } = await import('../commands/inspect.ts');
      const { input, keys } = flags;
      done(await inspect({ input, keys }, contextOf(flags, io)));
    },
  );
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
};
