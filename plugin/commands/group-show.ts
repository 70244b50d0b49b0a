import type { GroupAnswer } from '../../api/kinds/access-request.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { ask } from '../cluster/ask.ts';
import { connect } from '../cluster/connect.ts';
import { EXIT } from '../exit-codes.ts';
import { structured } from '../render/output.ts';
import type { CommandContext } from './command-context.ts';
import { destinationText, ownerText } from './group-list.ts';

const notFound = (group: string, cluster: string): RecoverError =>
  new RecoverError({
    code: 'NotOwner',
    message: `you own no application group "${group}" in cluster "${cluster}"`,
    mend: 'see your groups with: kubectl recover group list',
  });

const textOf = (group: GroupAnswer): string => {
  const destinations = (group.destinations ?? []).map(destinationText);
  const facts: readonly (readonly [string, string])[] = [
    ['Group', `${group.namespace}/${group.name}`],
    ['ID', group.id],
    ['Ready', group.ready ? 'Yes' : `No: ${group.message ?? ''}`],
    ['Namespaces', group.namespaces.map(({ name }) => name).join(', ')],
    ['Owners', group.owners.map(ownerText).join(', ')],
    ['Destinations', ['its own cluster', ...destinations].join(', ')],
    ['Points', String(group.points ?? 0)],
    ['Newest', group.newestPoint === undefined ? 'never' : `${group.newestPoint.name} (${group.newestPoint.time})`],
  ];
  return facts.map(([name, value]) => `${`${name}:`.padEnd(14)}${value}\n`).join('');
};

/** `kubectl recover group show GROUP`: what the catalogue knows of a group that the login owns. */
export const groupShow = async (group: string, context: CommandContext): Promise<number> => {
  const { connection, io, output } = context;
  const access = connect(connection, connection.context, io);
  try {
    const { groups = [] } = await ask(access, { group, wants: { groups: true } }, io);
    if (groups.length === 0) throw notFound(group, access.context);
    if (output === 'json' || output === 'yaml')
      io.stdout.write(structured(groups.length === 1 ? groups[0] : groups, output));
    else io.stdout.write(groups.map(textOf).join('---\n'));
    return EXIT.success;
  } finally {
    await access.close();
  }
};
