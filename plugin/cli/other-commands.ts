import { RecoverError } from '../../api/recover-error.ts';
import type { Io } from '../io.ts';
import { parseDuration } from '../recovery/parse-duration.ts';
import { contextOf, type GlobalArgv, watchOption } from './global-options.ts';
import { fromContextOption, GROUP_POSITIONAL } from './group-choice.ts';
import { dryRunOption } from './recover-command.ts';

const parseLimit = (text: string): number => {
  const limit = /^\d+$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= 500) return limit;
  throw new RecoverError({
    code: 'UsageError',
    message: `"${text}" is no limit`,
    mend: 'write a number from 1 to 500 behind --limit',
  });
};

/** `points`, `status`, `stamp`, `install`, `check`, `mode`, `explain` and `version`. */
export const addOtherCommands = (yargs: GlobalArgv, io: Io, done: (exitCode: number) => void) =>
  yargs
    .command(
      'points <group>',
      'List the recovery points of a group',
      command =>
        command
          .positional('group', GROUP_POSITIONAL)
          .option('from-context', fromContextOption('Context of the cluster that the group is in'))
          .option('limit', {
            type: 'string',
            requiresArg: true,
            default: '100',
            describe: 'At most so many (1 to 500)',
          })
          .option('watch', watchOption)
          .example('kubectl recover points shop', 'newest first, and whether each can be used')
          .example('kubectl recover points shop --from-context prod --context dr', 'those that have reached dr'),
      async flags => {
        const { points } = await import('../commands/points.ts');
        const { group, fromContext } = flags;
        done(
          await points(
            { group, fromContext, limit: parseLimit(flags.limit), watch: flags.watch },
            contextOf(flags, io, ['name', 'wide']),
          ),
        );
      },
    )
    .command(
      'stamp [backups..]',
      'Adopt backups of this cluster that carry no stamp that counts',
      command =>
        command
          .positional('backups', { type: 'string', array: true, default: [], describe: 'Names of Velero Backups' })
          .option('all', { type: 'boolean', default: false, describe: 'Every finished backup without a stamp' })
          .option('reattest', {
            type: 'boolean',
            default: false,
            describe: 'Take over the stamps they carry, of a key that was revoked',
          })
          .option('reason', { type: 'string', requiresArg: true, describe: 'Why; it stays with the stamp' })
          .option('yes', { type: 'boolean', default: false, alias: 'y', describe: 'Ask nothing' })
          .option('dry-run', dryRunOption)
          .example('kubectl recover stamp --all --dry-run=server', 'what would be adopted, and for whom')
          .example('kubectl recover stamp nightly-0301 --reattest --reason "on the list of 1 March"', 'one by one'),
      async flags => {
        const { stamp } = await import('../commands/stamp.ts');
        const { backups, all, reattest, reason, yes, dryRun } = flags;
        done(await stamp({ backups, all, reattest, reason, yes, dryRun }, contextOf(flags, io)));
      },
    )
    .command(
      'status <subject>',
      'Show how recoveries of a group went, or how far one is',
      command =>
        command
          .positional('subject', { type: 'string', demandOption: true, describe: 'A group, or the name of a recovery' })
          .option('wait', { type: 'boolean', default: false, describe: 'Follow it to its end' })
          .option('watch', watchOption)
          .option('timeout', { type: 'string', requiresArg: true, describe: 'Longest wait for the end' })
          .example('kubectl recover status shop', 'the recoveries of a group'),
      async flags => {
        const { status } = await import('../commands/status.ts');
        const timeoutMs = flags.timeout === undefined ? undefined : parseDuration(flags.timeout, '--timeout');
        done(
          await status(
            { subject: flags.subject, wait: flags.wait, watch: flags.watch, timeoutMs },
            contextOf(flags, io, ['name', 'wide']),
          ),
        );
      },
    )
    .command(
      'install',
      'Install or upgrade the catalogue in a cluster',
      command =>
        command
          .option('mode', {
            choices: ['Audit', 'Enforce'] as const,
            requiresArg: true,
            describe:
              'Audit: Restores made by hand are warned of; Enforce: they are refused. At first Audit, then as it is',
          })
          .option('velero', {
            type: 'string',
            array: true,
            nargs: 1,
            default: [] as string[],
            describe: 'Velero to work with, as NAMESPACE/SERVICEACCOUNT; found by itself unless told',
          })
          .option('image', {
            type: 'string',
            requiresArg: true,
            describe:
              'Image of the catalogue, with its tag or digest; needed the first time, then as it is unless told',
          })
          .option('catalogue-url', {
            type: 'string',
            requiresArg: true,
            describe: 'Address of a catalogue outside the cluster',
          })
          .option('dry-run', dryRunOption)
          .option('yes', { type: 'boolean', alias: 'y', default: false, describe: 'Do not ask' })
          .example(
            'kubectl recover install --context prod --image REGISTRY/catalogue:VERSION',
            'in mode Audit: nothing of today’s use is blocked',
          )
          .example('kubectl recover install --mode Enforce --velero velero/velero', 'with the walls up'),
      async flags => {
        const { install } = await import('../commands/install.ts');
        const { mode, velero, image, catalogueUrl, dryRun, yes } = flags;
        done(await install({ mode, velero, image, catalogueUrl, dryRun, yes }, contextOf(flags, io)));
      },
    )
    .command(
      'uninstall',
      'Remove the catalogue from a cluster; backups and what was restored stay',
      command =>
        command
          .option('export', {
            type: 'string',
            requiresArg: true,
            describe: 'File for its public keys and its peers, which a new installation reads back',
          })
          .option('forget-keys', {
            type: 'boolean',
            default: false,
            describe: 'Export nothing: no backup stamped so far will be a recovery point again',
          })
          .option('dry-run', dryRunOption)
          .option('yes', { type: 'boolean', alias: 'y', default: false, describe: 'Do not ask' })
          .example(
            'kubectl recover uninstall --export prod.yaml --context prod',
            'keep the file where the cluster is not',
          )
          .example('kubectl recover cluster trust -f prod.yaml --context prod', 'after a new installation'),
      async flags => {
        const { uninstall } = await import('../commands/uninstall.ts');
        const { forgetKeys, dryRun, yes } = flags;
        done(await uninstall({ export: flags.export, forgetKeys, dryRun, yes }, contextOf(flags, io, [])));
      },
    )
    .command(
      'check',
      'Examine a cluster and say what to do',
      command =>
        command
          .example('kubectl recover check --context prod', 'with your own rights; an operator sees the most')
          .example('kubectl recover check -o json', 'for scripts; ends with 1 if something failed'),
      async flags => {
        const { check } = await import('../commands/check.ts');
        done(await check(contextOf(flags, io)));
      },
    )
    .command(
      'mode [mode]',
      'Show or switch whether the walls refuse or only warn',
      command =>
        command
          .positional('mode', {
            choices: ['audit', 'enforce'] as const,
            describe: 'audit: Restores made by hand are warned of; enforce: they are refused',
          })
          .option('force', { type: 'boolean', default: false, describe: 'Enforce although a check did not go well' })
          .option('dry-run', dryRunOption)
          .option('yes', { type: 'boolean', alias: 'y', default: false, describe: 'Do not ask' })
          .example('kubectl recover mode --context prod', 'which it is')
          .example('kubectl recover mode enforce --dry-run=server', 'what would change, for whom, and whether it may'),
      async flags => {
        const { mode } = await import('../commands/mode.ts');
        const { force, dryRun, yes } = flags;
        done(await mode({ target: flags.mode, force, dryRun, yes }, contextOf(flags, io)));
      },
    )
    .command(
      'explain [code]',
      'Explain a code of a refusal',
      command =>
        command
          .positional('code', { type: 'string', describe: 'The code; all of them unless told' })
          .example('kubectl recover explain NamespaceTaken', 'what it means'),
      async flags => {
        const { explain } = await import('../commands/explain.ts');
        done(await explain(flags.code, contextOf(flags, io)));
      },
    )
    .command(
      'version',
      'Print the version of the plugin',
      command => command.example('kubectl recover version', 'asks no cluster'),
      async flags => {
        const { version } = await import('../commands/version.ts');
        done(await version(contextOf(flags, io)));
      },
    );
