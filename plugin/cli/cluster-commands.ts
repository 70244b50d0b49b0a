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
            .option(
              'speaks-for',
              names('Clusters whose groups it took over: peer, cluster ID, or self for that of --context'),
            )
            .option('dry-run', dryRunOption)
            .example(
              'kubectl recover cluster trust --from-context dr --context prod --speaks-for self',
              'groups that moved to dr come back',
            )
            .example(
              'kubectl recover cluster trust --from-context prod --context dr --groups "oidc:*"',
              'dr accepts groups of prod',
            ),
        async flags => {
          const { clusterTrust } = await import('../commands/cluster-trust.ts');
          const { fromContext, name, dryRun, users, groups, speaksFor } = flags;
          done(
            await clusterTrust(
              {
                ...{ fromContext, name, dryRun, users: split(users), groups: split(groups) },
                speaksFor: split(speaksFor),
              },
              contextOf(flags, io, ['name']),
            ),
          );
        },
      )
      .command(
        'keys',
        'List the public keys of the cluster and of its peers',
        command => command.example('kubectl recover cluster keys --context dr', 'use, name, state, age'),
        async flags => {
          const { clusterKeys } = await import('../commands/cluster-keys.ts');
          done(await clusterKeys(contextOf(flags, io)));
        },
      )
      .command(
        'rotate-keys',
        'Have the catalogue make new keys; what the old ones signed counts as before',
        command =>
          command
            .option('use', {
              choices: ['grant', 'stamp', 'admission'] as const,
              array: true,
              nargs: 1,
              default: [],
              describe: 'Which keys; all of them unless told',
            })
            .option('overlap', {
              type: 'string',
              requiresArg: true,
              default: '24h',
              describe: 'How long a new key is announced to peers, with each backup, before it signs',
            })
            .option('dry-run', dryRunOption)
            .example('kubectl recover cluster rotate-keys --context prod', 'peers learn the new keys with the backups'),
        async flags => {
          const { rotateKeys } = await import('../commands/cluster-rotate-keys.ts');
          const { use, overlap, dryRun } = flags;
          done(await rotateKeys({ uses: use, overlap, dryRun }, contextOf(flags, io)));
        },
      )
      .command(
        'declare-lost <name>',
        'Say that a peer is gone for good: its groups are then recovered here without it',
        command =>
          command
            .positional('name', { type: 'string', demandOption: true, describe: 'Name of its ClusterIdentity' })
            .option('reason', { type: 'string', requiresArg: true, demandOption: true, describe: 'What happened' })
            .option('dry-run', dryRunOption)
            .example('kubectl recover cluster declare-lost prod --reason "region on fire"', 'undone by declare-found'),
        async flags => {
          const { declareLost } = await import('../commands/cluster-lost.ts');
          const { name, reason, dryRun } = flags;
          done(await declareLost({ name, reason, dryRun }, contextOf(flags, io, ['name'])));
        },
      )
      .command(
        'declare-found <name>',
        'Say that a peer which was declared lost is there again',
        command =>
          command
            .positional('name', { type: 'string', demandOption: true, describe: 'Name of its ClusterIdentity' })
            .option('dry-run', dryRunOption)
            .example('kubectl recover cluster declare-found prod', 'its groups speak for themselves again'),
        async flags => {
          const { declareFound } = await import('../commands/cluster-lost.ts');
          const { name, dryRun } = flags;
          done(await declareFound({ name, dryRun }, contextOf(flags, io, ['name'])));
        },
      )
      .demandCommand(1, 'which one: show, trust, keys, rotate-keys, declare-lost or declare-found?'),
  );
