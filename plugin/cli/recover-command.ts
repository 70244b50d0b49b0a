import { RecoverError } from '../../api/recover-error.ts';
import type { Io } from '../io.ts';
import { parseDuration } from '../recovery/parse-duration.ts';
import { contextOf, type GlobalArgv } from './global-options.ts';
import { pointChoice } from './point-choice.ts';

const DRY_RUN = ['none', 'client', 'server'] as const;

/** A bare `--dry-run` must not come to mean `none`. */
export const dryRunOption = {
  choices: DRY_RUN,
  requiresArg: true,
  default: 'none' as const,
  describe: 'client: send nothing; server: have it judged, change nothing',
};

const strings = (describe: string) =>
  ({ type: 'string', array: true, nargs: 1, default: [] as string[], describe }) as const;

/** `kubectl recover GROUP`, the command that is meant when no other is named. */
export const addRecoverCommand = (yargs: GlobalArgv, io: Io, done: (exitCode: number) => void) =>
  yargs.command(
    '$0 [group]',
    'Recover an application group',
    command =>
      command
        .positional('group', { type: 'string', describe: 'The group, as NAME or NAMESPACE/NAME' })
        .option('latest', { type: 'boolean', default: false, describe: 'The newest recovery point that can be used' })
        .option('point', { type: 'string', requiresArg: true, describe: 'This recovery point' })
        .option('at', {
          type: 'string',
          requiresArg: true,
          describe: 'The newest point at or before a time: RFC 3339, -2h, 04:00',
        })
        .option('from-context', {
          type: 'string',
          requiresArg: true,
          describe: 'Context of the source cluster, if it is another',
        })
        .option('to-cluster', {
          type: 'string',
          requiresArg: true,
          describe: 'Cluster ID that the destination must have',
        })
        .option('map', strings('Recover namespace OLD into NEW, as OLD=NEW; may be repeated'))
        .option('include-resources', strings('Only these resources, as deployments.apps; may be repeated'))
        .option('exclude-resources', strings('Not these resources; may be repeated'))
        .option('selector', {
          type: 'string',
          alias: 'l',
          requiresArg: true,
          describe: 'Only objects with these labels',
        })
        .option('volumes', {
          choices: ['restore', 'skip'] as const,
          requiresArg: true,
          default: 'restore' as const,
          describe: 'Bring data of volumes back',
        })
        .option('existing-resources', {
          choices: ['keep', 'update'] as const,
          requiresArg: true,
          default: 'keep' as const,
          describe: 'What becomes of objects that are there',
        })
        .option('reason', { type: 'string', requiresArg: true, describe: 'Why; policies may ask for it' })
        .option('wait', { type: 'boolean', default: true, describe: 'Follow the recovery to its end' })
        .option('timeout', { type: 'string', requiresArg: true, describe: 'Longest wait for the end' })
        .option('workload-timeout', {
          type: 'string',
          requiresArg: true,
          default: '10m',
          describe: 'How long workloads may take to come up',
        })
        .option('dry-run', dryRunOption)
        .option('yes', { type: 'boolean', alias: 'y', default: false, describe: 'Do not ask' })
        .example('kubectl recover shop', 'choose a point from a list')
        .example('kubectl recover shop --latest', 'the newest point')
        .example('kubectl recover shop --at 04:00 --dry-run=server', 'what would happen with the point before four')
        .example('kubectl recover shop --from-context prod --context dr --latest', 'from one cluster into another')
        .example('kubectl recover shop --latest --map shop=shop-test', 'beside what is there'),
    async flags => {
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
            toCluster: flags.toCluster,
            map: flags.map,
            includeResources: flags.includeResources,
            excludeResources: flags.excludeResources,
            selector: flags.selector,
            volumes: flags.volumes,
            existingResources: flags.existingResources,
            reason: flags.reason,
            dryRun: flags.dryRun,
            yes: flags.yes,
            wait: flags.wait,
            timeoutMs: flags.timeout === undefined ? undefined : parseDuration(flags.timeout, '--timeout'),
            workloadTimeoutSeconds: Math.ceil(parseDuration(flags.workloadTimeout, '--workload-timeout') / 1000),
          },
          contextOf(flags, io, ['name']),
        ),
      );
    },
  );
