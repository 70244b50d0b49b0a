import { RecoverError } from '../../api/recover-error.ts';
import type { Io } from '../io.ts';
import { contextOf, type GlobalArgv } from './global-options.ts';
import { fromContextOption } from './group-choice.ts';
import { dryRunOption } from './recover-command.ts';

const split = (values: readonly string[]): string[] => values.flatMap(value => value.split(',')).filter(Boolean);
const names = (describe: string) =>
  ({ type: 'string', array: true, nargs: 1, default: [] as string[], describe }) as const;

const whichToTrust = (): RecoverError =>
  new RecoverError({
    code: 'UsageError',
    message: 'which clusters are to trust each other?',
    mend: 'say one of --from-context, --contexts and -f; --name and --speaks-for go with --from-context only',
  });

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
        'Have clusters trust each other',
        command =>
          command
            .option('from-context', fromContextOption('Context of the cluster that the one of --context is to trust'))
            .option('contexts', names('Contexts of clusters of which each is to trust each other, as A,B,C'))
            .option('filename', {
              type: 'string',
              alias: 'f',
              requiresArg: true,
              describe: 'What cluster export wrote, of the clusters that the one of --context is to trust',
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
            .option('yes', { type: 'boolean', alias: 'y', default: false, describe: 'Do not ask' })
            .option('dry-run', dryRunOption)
            .example(
              'kubectl recover cluster trust --from-context dr --context prod --speaks-for self',
              'groups that moved to dr come back',
            )
            .example(
              'kubectl recover cluster trust --from-context prod --context dr --groups "oidc:*"',
              'dr accepts groups of prod',
            )
            .example(
              'kubectl recover cluster trust --contexts prod,dr,lab --groups "oidc:*"',
              'all of them, after a plan',
            )
            .example('kubectl recover cluster trust --contexts prod,dr -o yaml > peers.yaml', 'for Git')
            .example('kubectl recover cluster trust -f old-prod.yaml --context prod', 'its own old keys, or a peer'),
        async flags => {
          const { fromContext, filename, name, dryRun, yes } = flags;
          const [users, groups, contexts] = [split(flags.users), split(flags.groups), split(flags.contexts)];
          const speaksFor = split(flags.speaksFor);
          const context = contextOf(flags, io, ['name']);
          const ways = [fromContext !== undefined, filename !== undefined, contexts.length > 0];
          const isOfOne = name !== undefined || speaksFor.length > 0;
          if (ways.filter(Boolean).length !== 1 || (fromContext === undefined && isOfOne)) throw whichToTrust();
          if (filename !== undefined) {
            const { clusterTrustFile } = await import('../commands/cluster-trust-file.ts');
            done(await clusterTrustFile({ filename, dryRun, users, groups }, context));
          } else if (fromContext !== undefined) {
            const { clusterTrust } = await import('../commands/cluster-trust.ts');
            done(await clusterTrust({ fromContext, name, dryRun, users, groups, speaksFor }, context));
          } else {
            const { clusterTrustAll } = await import('../commands/cluster-trust-all.ts');
            done(await clusterTrustAll({ contexts, dryRun, yes, users, groups }, context));
          }
        },
      )
      .command(
        'export',
        'Print the public keys of the cluster, as a file for others and for its own re-installation',
        command =>
          command
            .option('name', {
              type: 'string',
              requiresArg: true,
              describe: 'Name of it; that of its context unless told',
            })
            .option('all', { type: 'boolean', default: false, describe: 'Its peers too' })
            .example(
              'kubectl recover cluster export --context prod --all > prod.yaml',
              'keep it where the cluster is not',
            ),
        async flags => {
          const { clusterExport } = await import('../commands/cluster-export.ts');
          const { name, all } = flags;
          done(await clusterExport({ name, all }, contextOf(flags, io)));
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
        'revoke-key <name> <key>',
        'Say that nothing which a key has signed counts any more, whatever time it names',
        command =>
          command
            .positional('name', {
              type: 'string',
              demandOption: true,
              describe: 'Name of the ClusterIdentity: a peer, or self',
            })
            .positional('key', {
              type: 'string',
              demandOption: true,
              describe: 'Name of the key, or how it begins, without a leading hyphen',
            })
            .option('reason', { type: 'string', requiresArg: true, demandOption: true, describe: 'What happened' })
            .option('dry-run', dryRunOption)
            .example(
              'kubectl recover cluster revoke-key prod cn-I_WNM --reason "Secret was read"',
              'see: cluster keys',
            ),
        async flags => {
          const { revokeKey } = await import('../commands/cluster-revoke-key.ts');
          const { name, key, reason, dryRun } = flags;
          done(await revokeKey({ name, key, reason, dryRun }, contextOf(flags, io, ['name'])));
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
      .demandCommand(
        1,
        'which one: show, trust, export, keys, rotate-keys, revoke-key, declare-lost or declare-found?',
      ),
  );
