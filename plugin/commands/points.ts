import type { PointAnswer } from '../../api/kinds/access-request.ts';
import { ask } from '../cluster/ask.ts';
import { connect } from '../cluster/connect.ts';
import { forSource } from '../cluster/connection-flags.ts';
import { EXIT } from '../exit-codes.ts';
import { getProof } from '../recovery/get-proof.ts';
import { age } from '../render/age.ts';
import { structured } from '../render/output.ts';
import { table } from '../render/table.ts';
import { type CommandContext, tell } from './command-context.ts';

export interface PointsFlags {
  readonly group: string;
  readonly fromContext?: string | undefined;
  readonly limit: number;
}

const list = async ({ group, fromContext, limit }: PointsFlags, { connection, io }: CommandContext) => {
  const access = connect(connection, connection.context, io);
  const source = fromContext === undefined ? undefined : connect(forSource(connection), fromContext, io);
  try {
    const points =
      source === undefined
        ? ((await ask(access, { group, wants: { points: { limit } } }, io)).points ?? [])
        : (await getProof(group, source, access, io)).points.slice(0, limit);
    return { points, context: access.context };
  } finally {
    await Promise.all([access.close(), source?.close()]);
  }
};

const usableText = ({ usable, code, phase, message }: PointAnswer): string => {
  if (!usable) return `No: ${code ?? phase}`;
  return message === undefined ? 'Yes' : 'Yes, with errors';
};

const rowOf = (point: PointAnswer, now: Date, wide: boolean): string[] => [
  point.backup,
  point.startTime,
  usableText(point),
  point.namespaces.join(','),
  ...(wide ? [point.source, point.expiryTime ?? '<none>', point.message ?? '<none>'] : []),
  age(point.startTime, now),
];

/** `kubectl recover points GROUP`: the recovery points of a group, newest first. */
export const points = async (flags: PointsFlags, context: CommandContext): Promise<number> => {
  const { io, output } = context;
  const { points: found, context: cluster } = await list(flags, context);
  if (output === 'json' || output === 'yaml') {
    io.stdout.write(structured(found, output));
    return EXIT.success;
  }
  if (output === 'name') {
    io.stdout.write(found.map(({ backup }) => `${backup}\n`).join(''));
    return EXIT.success;
  }
  if (found.length === 0) {
    tell(
      context,
      `group "${flags.group}" has no recovery point in cluster "${cluster}" yet; the next backup of its namespaces makes one`,
    );
    return EXIT.success;
  }
  const wide = output === 'wide';
  const titles = ['POINT', 'CAPTURED', 'USABLE', 'NAMESPACES', ...(wide ? ['SOURCE', 'EXPIRES', 'WHY'] : []), 'AGE'];
  const now = new Date(io.clock());
  io.stdout.write(
    table(
      titles,
      found.map(point => rowOf(point, now, wide)),
    ),
  );
  return EXIT.success;
};
