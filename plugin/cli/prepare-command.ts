import { MAX_PREPARED_LIFE_SECONDS } from '../../api/prepared-life.ts';
import { RecoverError } from '../../api/recover-error.ts';
import type { Io } from '../io.ts';
import { parseDuration } from '../recovery/parse-duration.ts';
import { DESTINATION_OPTIONS, destinationChoice } from './destination-choice.ts';
import { contextOf, type GlobalArgv } from './global-options.ts';
import { fromContextOption, GROUP_POSITIONAL } from './group-choice.ts';
import { pointChoice } from './point-choice.ts';
import { POINT_OPTIONS, RESTORE_OPTIONS, restoreFlags } from './restore-options.ts';

const SHORTEST_SECONDS = 60;

const parseLife = (text: string): number => {
  const seconds = Math.floor(parseDuration(text, '--duration') / 1000);
  if (seconds >= SHORTEST_SECONDS && seconds <= MAX_PREPARED_LIFE_SECONDS) return seconds;
  throw new RecoverError({
    code: 'UsageError',
    message: `a recovery cannot be prepared for "${text}"`,
    mend: 'write 1m to 168h behind --duration; policies of both clusters may allow less',
  });
};

/** `prepare`: signs now what is registered later. */
export const addPrepareCommand = (yargs: GlobalArgv, io: Io, done: (exitCode: number) => void) =>
  yargs.command(
    'prepare <group>',
    'Sign a recovery for a cluster that cannot be asked or is not made yet',
    command =>
      command
        .positional('group', GROUP_POSITIONAL)
        .options(POINT_OPTIONS)
        .option(
          'from-context',
          fromContextOption('Context of the source cluster; --context is then the destination, asked for its ID'),
        )
        .options(DESTINATION_OPTIONS)
        .options(RESTORE_OPTIONS)
        .option('duration', {
          type: 'string',
          requiresArg: true,
          default: '24h',
          describe: 'How long it is good, at most 168h; policies may allow less',
        })
        .describe('output', 'The file to write')
        .demandOption('output', 'which file? Write -o FILE')
        .option('force', { type: 'boolean', default: false, describe: 'Overwrite the file' })
        .example(
          'kubectl recover prepare shop --latest --context prod --to-cloud aws --to-region eu-central-1 -o shop.yaml',
          'for a cluster there that is not made yet',
        )
        .example('kubectl recover -f shop.yaml --context new', 'when it is'),
    async flags => {
      const { prepare } = await import('../commands/prepare.ts');
      done(
        await prepare(
          {
            group: flags.group,
            point: pointChoice(flags, new Date(io.clock())),
            fromContext: flags.fromContext,
            destination: destinationChoice(flags),
            ...restoreFlags(flags),
            reason: flags.reason,
            workloadTimeoutSeconds: Math.ceil(parseDuration(flags.workloadTimeout, '--workload-timeout') / 1000),
            lifeSeconds: parseLife(flags.duration),
            file: flags.output ?? '',
            force: flags.force,
          },
          // Here -o is a file, as it is with programs that make one.
          contextOf({ ...flags, output: undefined }, io),
        ),
      );
    },
  );
