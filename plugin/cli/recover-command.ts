import { RecoverError } from '../../api/recover-error.ts';
import type { Io } from '../io.ts';
import { parseDuration } from '../recovery/parse-duration.ts';
import { DESTINATION_OPTIONS, destinationChoice } from './destination-choice.ts';
import { contextOf, type GlobalArgv } from './global-options.ts';
import { fromContextOption } from './group-choice.ts';
import { pointChoice } from './point-choice.ts';
import { POINT_OPTIONS, RESTORE_OPTIONS, restoreFlags } from './restore-options.ts';

const DRY_RUN = ['none', 'client', 'server'] as const;

/** A bare `--dry-run` must not come to mean `none`. */
export const dryRunOption = {
  choices: DRY_RUN,
  requiresArg: true,
  default: 'none' as const,
  describe: 'client: send nothing; server: have it judged, change nothing',
};

/** What is recovered was signed when the file was made: nothing of it can be said otherwise now. */
const refuseBesideFile = (flags: Readonly<Record<string, unknown>>): void => {
  const names = ['group', ...Object.keys({ ...POINT_OPTIONS, ...DESTINATION_OPTIONS }), 'from-context'];
  const choices = Object.entries(RESTORE_OPTIONS);
  const isGiven = (name: string, unless: unknown): boolean => {
    const value = flags[name];
    return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== unless;
  };
  const given =
    names.find(name => isGiven(name, false)) ??
    choices.find(([name, option]) => isGiven(name, 'default' in option ? option.default : undefined))?.[0];
  if (given === undefined) return;
  throw new RecoverError({
    code: 'UsageError',
    message: `-f excludes ${given === 'group' ? 'a group' : `--${given}`}: the file says all of it`,
    mend: 'leave it out, or prepare another file',
  });
};

/** `kubectl recover GROUP`, the command that is meant when no other is named. */
export const addRecoverCommand = (yargs: GlobalArgv, io: Io, done: (exitCode: number) => void) =>
  yargs.command(
    '$0 [group]',
    'Recover an application group',
    command =>
      command
        .positional('group', { type: 'string', describe: 'The group, as NAME or NAMESPACE/NAME' })
        .options(POINT_OPTIONS)
        .option('from-context', fromContextOption())
        .options(DESTINATION_OPTIONS)
        .option('filename', {
          type: 'string',
          alias: 'f',
          requiresArg: true,
          describe: 'A recovery that was prepared, instead of all that',
        })
        .options(RESTORE_OPTIONS)
        .option('wait', { type: 'boolean', default: true, describe: 'Follow the recovery to its end' })
        .option('timeout', { type: 'string', requiresArg: true, describe: 'Longest wait for the end' })
        .option('dry-run', dryRunOption)
        .option('yes', { type: 'boolean', alias: 'y', default: false, describe: 'Do not ask' })
        .example('kubectl recover shop', 'choose a point from a list')
        .example('kubectl recover shop --latest', 'the newest point')
        .example('kubectl recover shop --at 04:00 --dry-run=server', 'what would happen with the point before four')
        .example('kubectl recover shop --from-context prod --context dr --latest', 'from one cluster into another')
        .example('kubectl recover shop --latest --map shop=shop-test', 'beside what is there')
        .example('kubectl recover -f shop.yaml --context new', 'what kubectl recover prepare has signed'),
    async flags => {
      const registration = {
        dryRun: flags.dryRun,
        yes: flags.yes,
        wait: flags.wait,
        timeoutMs: flags.timeout === undefined ? undefined : parseDuration(flags.timeout, '--timeout'),
      };
      if (flags.filename !== undefined) {
        refuseBesideFile(flags);
        const { recoverPrepared } = await import('../commands/recover-prepared.ts');
        done(await recoverPrepared({ ...registration, file: flags.filename }, contextOf(flags, io, ['name'])));
        return;
      }
      const after = flags['--'];
      const escaped = Array.isArray(after) ? String(after[0] ?? '') : '';
      const group = flags.group ?? escaped;
      if (group === '') {
        throw new RecoverError({
          code: 'UsageError',
          message: 'which application group?',
          mend: 'write kubectl recover GROUP; your groups: kubectl recover group list; all commands: kubectl recover --help',
        });
      }
      const { recover } = await import('../commands/recover.ts');
      done(
        await recover(
          {
            group,
            point: pointChoice(flags, new Date(io.clock())),
            fromContext: flags.fromContext,
            destination: destinationChoice(flags),
            ...restoreFlags(flags),
            reason: flags.reason,
            ...registration,
            workloadTimeoutSeconds: Math.ceil(parseDuration(flags.workloadTimeout, '--workload-timeout') / 1000),
          },
          contextOf(flags, io, ['name']),
        ),
      );
    },
  );
