import type { ClusterIdentity, ClusterKey } from '../../api/kinds/cluster-identity.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { SELF_IDENTITY } from '../../api/names.ts';
import { connect } from '../cluster/connect.ts';
import { EXIT } from '../exit-codes.ts';
import { age } from '../render/age.ts';
import { structured } from '../render/output.ts';
import { table } from '../render/table.ts';
import type { CommandContext } from './command-context.ts';

interface ShownKey extends ClusterKey {
  /** Name of the ClusterIdentity that it is of. */
  readonly cluster: string;
}

const keysOf = ({ metadata, spec, status }: ClusterIdentity): ShownKey[] =>
  ((metadata.name === SELF_IDENTITY ? status?.keys : spec.keys) ?? []).map(key => ({ cluster: metadata.name, ...key }));

/** `kubectl recover cluster keys`: every public key that counts, or has counted, in a cluster. */
export const clusterKeys = async (context: CommandContext): Promise<number> => {
  const { connection, io, output } = context;
  const access = connect(connection, connection.context, io);
  try {
    const identities = await access.call(client => client.listAll(OWN.clusterIdentities));
    const keys = identities.flatMap(keysOf);
    if (output === 'json' || output === 'yaml') {
      io.stdout.write(structured({ context: access.context, keys }, output));
      return EXIT.success;
    }
    const now = new Date(io.clock());
    const rows = keys.map(({ cluster, use, kid, state, since }) => [
      cluster,
      use,
      kid,
      state,
      since === undefined ? '<unknown>' : age(since, now),
    ]);
    io.stdout.write(table(['CLUSTER', 'USE', 'KEY', 'STATE', 'AGE'], rows));
    return EXIT.success;
  } finally {
    await access.close();
  }
};
