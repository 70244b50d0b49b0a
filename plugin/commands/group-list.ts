import type { GroupAnswer } from '../../api/kinds/access-request.ts';
import type { Destination, Owner } from '../../api/kinds/group-parts.ts';
import { ask } from '../cluster/ask.ts';
import { connect } from '../cluster/connect.ts';
import { EXIT } from '../exit-codes.ts';
import { age } from '../render/age.ts';
import { type Listing, listingText } from '../render/listing.ts';
import { isStructured } from '../render/output.ts';
import { type CommandContext, tell } from './command-context.ts';
import { type WatchFlag, watchListing } from './watch.ts';

/** An owner as people write it. */
export const ownerText = ({ kind, name, namespace }: Owner): string =>
  kind === 'ServiceAccount' ? `serviceaccount:${namespace}/${name}` : `${kind.toLowerCase()}:${name}`;

/** A destination as people write it. */
export const destinationText = ({ clusterID, cloud, region }: Destination): string =>
  clusterID === undefined ? `${cloud}/${region}` : `cluster:${clusterID}`;

const listingOf = ({ io, output }: CommandContext): Listing<GroupAnswer> => {
  const wide = output === 'wide';
  return {
    titles: [
      ...['GROUP', 'HOME', 'OWNERS', 'NAMESPACES', 'POINTS', 'NEWEST', 'READY'],
      ...(wide ? ['DESTINATIONS', 'ID'] : []),
    ],
    nameOf: ({ namespace, name }) => `${namespace}/${name}`,
    rowOf: group => [
      group.name,
      group.namespace,
      group.owners.map(ownerText).join(','),
      String(group.namespaces.length),
      String(group.points ?? 0),
      group.newestPoint === undefined ? 'never' : `${age(group.newestPoint.time, new Date(io.clock()))} ago`,
      group.ready ? 'Yes' : 'No',
      ...(wide ? [(group.destinations ?? []).map(destinationText).join(',') || '<none>', group.id] : []),
    ],
  };
};

/** `kubectl recover group list`: the groups that the login owns in a cluster. */
export const groupList = async ({ watch }: WatchFlag, context: CommandContext): Promise<number> => {
  const { connection, io, output } = context;
  const access = connect(connection, connection.context, io);
  const load = async () => (await ask(access, { wants: { groups: true } }, io)).groups ?? [];
  const listing = listingOf(context);
  try {
    if (watch) return await watchListing(load, listing, context);
    const groups = await load();
    if (groups.length === 0 && !isStructured(output) && output !== 'name') {
      tell(
        context,
        `you own no application group in cluster "${access.context}"; register one with: kubectl recover group create`,
      );
    } else io.stdout.write(listingText(groups, listing, output));
    return EXIT.success;
  } finally {
    await access.close();
  }
};
