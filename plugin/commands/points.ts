import type { PointAnswer } from '../../api/kinds/access-request.ts';
import { ask } from '../cluster/ask.ts';
import { connect } from '../cluster/connect.ts';
import { forSource } from '../cluster/connection-flags.ts';
import { EXIT } from '../exit-codes.ts';
import { getProof } from '../recovery/get-proof.ts';
import { age } from '../render/age.ts';
import { type Listing, listingText } from '../render/listing.ts';
import { isStructured } from '../render/output.ts';
import { type CommandContext, tell } from './command-context.ts';
import { watchListing } from './watch.ts';

export interface PointsFlags {
  readonly group: string;
  readonly fromContext?: string | undefined;
  readonly limit: number;
  readonly watch: boolean;
}

const list = async ({ group, fromContext, limit }: PointsFlags, { connection, io }: CommandContext) => {
  const access = connect(connection, connection.context, io);
  const source = fromContext === undefined ? undefined : connect(forSource(connection), fromContext, io);
  try {
    const { points = [], warnings = [] } =
      source === undefined
        ? await ask(access, { group, wants: { points: { limit } } }, io)
        : await getProof(group, source, access, io);
    return { points: points.slice(0, limit), warnings, context: access.context };
  } finally {
    await Promise.all([access.close(), source?.close()]);
  }
};

const usableText = ({ usable, code, phase, message, adoptedBy }: PointAnswer): string => {
  if (!usable) return `No: ${code ?? phase}`;
  if (message !== undefined) return 'Yes, with errors';
  return adoptedBy === undefined ? 'Yes' : 'Yes, adopted';
};

const listingOf = ({ io, output }: CommandContext): Listing<PointAnswer> => {
  const wide = output === 'wide';
  return {
    titles: ['POINT', 'CAPTURED', 'USABLE', 'NAMESPACES', ...(wide ? ['SOURCE', 'EXPIRES', 'WHY'] : []), 'AGE'],
    nameOf: ({ backup }) => backup,
    rowOf: point => [
      point.backup,
      point.startTime,
      usableText(point),
      point.namespaces.join(','),
      ...(wide ? [point.source, point.expiryTime ?? '<none>', point.message ?? '<none>'] : []),
      age(point.startTime, new Date(io.clock())),
    ],
  };
};

/** `kubectl recover points GROUP`: the recovery points of a group, newest first. */
export const points = async (flags: PointsFlags, context: CommandContext): Promise<number> => {
  const { io, output } = context;
  const listing = listingOf(context);
  if (flags.watch) return watchListing(async () => (await list(flags, context)).points, listing, context);
  const { points: found, warnings, context: cluster } = await list(flags, context);
  for (const warning of warnings) tell(context, `warning: ${warning}`);
  if (found.length === 0 && !isStructured(output) && output !== 'name') {
    tell(
      context,
      `group "${flags.group}" has no recovery point in cluster "${cluster}" yet; the next backup of its namespaces makes one`,
    );
    return EXIT.success;
  }
  io.stdout.write(listingText(found, listing, output));
  return EXIT.success;
};
