import type { Io } from '../io.ts';
import { contextOf, type GlobalArgv } from './global-options.ts';
import { dryRunOption } from './recover-command.ts';

const split = (values: readonly string[]): string[] => values.flatMap(value => value.split(',')).filter(Boolean);
const names = (describe: string) =>
  ({ type: 'string', array: true, nargs: 1, default: [] as string[], describe }) as const;

/** `kubectl recover cluster …` */
export const addClusterCommands = (yargs: GlobalArgv, io: Io, done: (exitCode: number) => void) =>
  yargs.command('cluster [command]', 'Show clusters and have them trust each other', cluster =>
    cluster
      .command(
        'show',
        'Show what a cluster is and whom it trusts',
        command => command.example('kubectl recover cluster show --context dr', 'ID, place, mode, peers'),
        async flags => {
          const { clusterShow } = await import('../commands/cluster-show.ts');
          done(await clusterShow(contextOf(flags, io)));
        },
      )
      .command(
        'trust',
        'Have the cluster of --context trust that of --from-context',
        command =>
          command
            .option('from-context', {
              type: 'string',
              requiresArg: true,
              demandOption: true,
              describe: 'Context of the cluster that is to be trusted',
            })
            .option('name', {
              type: 'string',
              requiresArg: true,
              describe: 'Name for it there; that of its context unless told',
            })
            .option('users', names('Users that mean the same in both, exact or ending in *'))
            .option('groups', names('Groups that mean the same in both, exact or ending in *'))
            .option('dry-run', dryRunOption)
            .example(
              'kubectl recover cluster trust --from-context prod --context dr --groups "oidc:*"',
              'dr accepts groups of prod',
            ),
        async flags => {
          const { clusterTrust } = await import('../commands/cluster-trust.ts');
          const { fromContext, name, dryRun, users, groups } = flags;
          done(
            await clusterTrust(
              { fromContext, name, dryRun, users: split(users), groups: split(groups) },
              contextOf(flags, io),
            ),
          );
        },
      )
      .demandCommand(1, 'which one: show or trust?'),
  );
