import type { Io } from '../io.ts';
import { contextOf, type GlobalArgv, watchOption } from './global-options.ts';
import { GROUP_POSITIONAL } from './group-choice.ts';
import { dryRunOption } from './recover-command.ts';

const split = (values: readonly string[]): string[] => values.flatMap(value => value.split(',')).filter(Boolean);

/** `kubectl recover group …` */
export const addGroupCommands = (yargs: GlobalArgv, io: Io, done: (exitCode: number) => void) =>
  yargs.command('group [command]', 'Register and show application groups', group =>
    group
      .command(
        'create <name>',
        'Register namespaces as one application group',
        command =>
          command
            .positional('name', { type: 'string', demandOption: true, describe: 'Name of the group' })
            .option('namespaces', {
              type: 'string',
              array: true,
              nargs: 1,
              demandOption: true,
              describe: 'Its namespaces, as A,B; the group lives in the first unless -n says otherwise',
            })
            .option('owner', {
              type: 'string',
              array: true,
              nargs: 1,
              demandOption: true,
              describe: 'Who may recover it: user:NAME, group:NAME or serviceaccount:NAMESPACE/NAME',
            })
            .option('destination', {
              type: 'string',
              array: true,
              nargs: 1,
              default: [] as string[],
              describe: 'Where else it may be recovered: cluster:ID or place:CLOUD/REGION',
            })
            .option('dry-run', dryRunOption)
            .example(
              'kubectl recover group create shop --namespaces shop,shop-db --owner group:oidc:shop',
              'owned by a team',
            )
            .example(
              'kubectl recover group create shop --namespaces shop --owner user:alice --dry-run=client',
              'print it, for Git',
            ),
        async flags => {
          const { groupCreate } = await import('../commands/group-create.ts');
          const { name, dryRun, destination, owner, namespaces } = flags;
          done(
            await groupCreate(
              { name, dryRun, destinations: destination, owners: owner, namespaces: split(namespaces) },
              contextOf(flags, io, ['name']),
            ),
          );
        },
      )
      .command(
        'list',
        'List the groups that you own',
        command => command.option('watch', watchOption).example('kubectl recover group list', 'in the current context'),
        async flags => {
          const { groupList } = await import('../commands/group-list.ts');
          done(await groupList({ watch: flags.watch }, contextOf(flags, io, ['name', 'wide'])));
        },
      )
      .command(
        'show <group>',
        'Show a group that you own',
        command =>
          command
            .positional('group', GROUP_POSITIONAL)
            .option('watch', watchOption)
            .example('kubectl recover group show shop', 'namespaces, owners, destinations, newest point'),
        async flags => {
          const { groupShow } = await import('../commands/group-show.ts');
          done(await groupShow({ group: flags.group, watch: flags.watch }, contextOf(flags, io, ['name'])));
        },
      )
      .command(
        'claim <group>',
        'Link namespaces that were made anew to your group; say that its active copy is here',
        command =>
          command
            .positional('group', {
              type: 'string',
              demandOption: true,
              describe: 'The group, as NAME, NAMESPACE/NAME or ID',
            })
            .option('dry-run', dryRunOption)
            .example('kubectl recover group claim shop', 'after a pipeline made its namespaces anew, empty'),
        async flags => {
          const { groupClaim } = await import('../commands/group-claim.ts');
          done(await groupClaim({ group: flags.group, dryRun: flags.dryRun }, contextOf(flags, io, ['name'])));
        },
      )
      .demandCommand(1, 'which one: create, list, show or claim?'),
  );
