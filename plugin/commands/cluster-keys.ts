import type { ClusterIdentity, ClusterKey } from '../../api/kinds/cluster-identity.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { SELF_IDENTITY } from '../../api/names.ts';
import { peerKeys } from '../../api/peer-keys.ts';
import { connect } from '../cluster/connect.ts';
import { EXIT } from '../exit-codes.ts';
import { age } from '../render/age.ts';
import { isStructured, structuredList } from '../render/output.ts';
import { table } from '../render/table.ts';
import type { CommandContext } from './command-context.ts';

interface ShownKey extends ClusterKey {
  /** Name of the ClusterIdentity that it is of. */
  readonly cluster: string;
}

/** A key that was announced and does not count is not a key of that cluster here. */
const keysOf = (identity: ClusterIdentity): ShownKey[] => {
  const { name } = identity.metadata;
  const keys = name === SELF_IDENTITY ? (identity.status?.keys ?? []) : peerKeys(identity);
  return keys.map(key => ({ cluster: name, ...key }));
};

/** `kubectl recover cluster keys`: every public key that counts, or has counted, in a cluster. */
export const clusterKeys = async (context: CommandContext): Promise<number> => {
  const { connection, io, output } = context;
  const access = connect(connection, connection.context, io);
  try {
    const identities = await access.call(client => client.listAll(OWN.clusterIdentities));
    const keys = identities.flatMap(keysOf);
    if (isStructured(output)) {
      io.stdout.write(structuredList(keys, output));
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
