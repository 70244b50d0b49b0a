import type { GroupAnswer } from '../../api/kinds/access-request.ts';
import { nearestName } from '../../api/nearest-name.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { ask } from '../cluster/ask.ts';
import { connect } from '../cluster/connect.ts';
import { EXIT } from '../exit-codes.ts';
import { columnsOf, factsText } from '../render/hung-lines.ts';
import { isStructured, structured, structuredList } from '../render/output.ts';
import type { CommandContext } from './command-context.ts';
import { destinationText, ownerText } from './group-list.ts';
import { repeat, type WatchFlag } from './watch.ts';

export interface GroupShowFlags extends WatchFlag {
  readonly group: string;
}

const notFound = (group: string, cluster: string, owned: readonly GroupAnswer[]): RecoverError => {
  const near = nearestName(
    group,
    owned.flatMap(({ namespace, name }) => [name, `${namespace}/${name}`]),
  );
  return new RecoverError({
    code: 'NotOwner',
    message: `you own no application group "${group}" in cluster "${cluster}"${near === undefined ? '' : `; did you mean "${near}"?`}`,
    mend: 'see your groups with: kubectl recover group list',
  });
};

const textOf = (group: GroupAnswer, columns: number | undefined): string => {
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
  return factsText(facts, 14, columns);
};

const shown = (groups: readonly GroupAnswer[], { io, output }: CommandContext): string => {
  const [first, ...others] = groups;
  if (isStructured(output)) return others.length === 0 ? structured(first, output) : structuredList(groups, output);
  if (output === 'name') return groups.map(({ namespace, name }) => `${namespace}/${name}\n`).join('');
  return groups.map(group => textOf(group, columnsOf(io.stdout))).join('---\n');
};

/** `kubectl recover group show GROUP`: what the catalogue knows of a group that the login owns. */
export const groupShow = async ({ group, watch }: GroupShowFlags, context: CommandContext): Promise<number> => {
  const { connection, io, output } = context;
  const access = connect(connection, connection.context, io);
  const load = async (): Promise<string> => {
    const { groups = [] } = await ask(access, { group, wants: { groups: true } }, io);
    if (groups.length === 0) {
      const all = await ask(access, { wants: { groups: true } }, io);
      throw notFound(group, access.context, all.groups ?? []);
    }
    return shown(groups, context);
  };
  try {
    if (!watch) {
      io.stdout.write(await load());
      return EXIT.success;
    }
    let seen = '';
    return await repeat(context, async () => {
      const text = await load();
      if (text !== seen) io.stdout.write(seen === '' || output === 'json' ? text : `---\n${text}`);
      seen = text;
    });
  } finally {
    await access.close();
  }
};
