import type { GroupAnswer } from '../../api/kinds/access-request.ts';
import type { Destination, Owner } from '../../api/kinds/group-parts.ts';
import { ask } from '../cluster/ask.ts';
import { connect } from '../cluster/connect.ts';
import { EXIT } from '../exit-codes.ts';
import { age } from '../render/age.ts';
import { structured } from '../render/output.ts';
import { table } from '../render/table.ts';
import { type CommandContext, tell } from './command-context.ts';

/** An owner as people write it. */
export const ownerText = ({ kind, name, namespace }: Owner): string =>
  kind === 'ServiceAccount' ? `serviceaccount:${namespace}/${name}` : `${kind.toLowerCase()}:${name}`;

/** A destination as people write it. */
export const destinationText = ({ clusterID, cloud, region }: Destination): string =>
  clusterID === undefined ? `${cloud}/${region}` : `cluster:${clusterID}`;

const rowOf = (group: GroupAnswer, now: Date): string[] => [
  group.name,
  group.namespace,
  group.owners.map(ownerText).join(','),
  String(group.namespaces.length),
  String(group.points ?? 0),
  group.newestPoint === undefined ? 'never' : `${age(group.newestPoint.time, now)} ago`,
  group.ready ? 'Yes' : 'No',
];

/** `kubectl recover group list`: the groups that the login owns in a cluster. */
export const groupList = async (context: CommandContext): Promise<number> => {
  const { connection, io, output } = context;
  const access = connect(connection, connection.context, io);
  try {
    const { groups = [] } = await ask(access, { wants: { groups: true } }, io);
    if (output === 'json' || output === 'yaml') io.stdout.write(structured(groups, output));
    else if (output === 'name') io.stdout.write(groups.map(({ namespace, name }) => `${namespace}/${name}\n`).join(''));
    else if (groups.length === 0) {
      tell(
        context,
        `you own no application group in cluster "${access.context}"; register one with: kubectl recover group create`,
      );
    } else {
      const titles = ['GROUP', 'HOME', 'OWNERS', 'NAMESPACES', 'POINTS', 'NEWEST', 'READY'];
      io.stdout.write(
        table(
          titles,
          groups.map(group => rowOf(group, new Date(io.clock()))),
        ),
      );
    }
    return EXIT.success;
  } finally {
    await access.close();
  }
};
