import type { ClusterIdentity } from '../../api/kinds/cluster-identity.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { GROUP_VERSION, SELF_IDENTITY } from '../../api/names.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { type ClusterAccess, connect } from '../cluster/connect.ts';
import { forSource } from '../cluster/connection-flags.ts';
import { EXIT } from '../exit-codes.ts';
import { isStructured, structured } from '../render/output.ts';
import { type CommandContext, tell } from './command-context.ts';

export interface ClusterTrustFlags {
  readonly fromContext: string;
  /** Name of the peer's ClusterIdentity; absent: the name of its context. */
  readonly name?: string | undefined;
  readonly users: readonly string[];
  readonly groups: readonly string[];
  /** Clusters whose groups the peer took over: their IDs, names of peers of the destination, or `self` for itself. */
  readonly speaksFor: readonly string[];
  readonly dryRun: 'none' | 'client' | 'server';
}

const readSelf = async (source: ClusterAccess) => {
  const self = await source.call(client => client.get(OWN.clusterIdentities, { name: SELF_IDENTITY }));
  const { clusterID, cloud, region, keys } = self.status ?? {};
  if (clusterID === undefined || keys === undefined || keys.length === 0) {
    throw new RecoverError({
      code: 'CatalogueMissing',
      message: `the catalogue of cluster "${source.context}" has not told its keys yet`,
      mend: 'wait until it is ready, then run the command again',
    });
  }
  return { clusterID, cloud, region, keys };
};

/**
 * The entry of a cluster that was built anew under an old name would overwrite that of the old one, and with its keys
 * everything that its backups still say: on the very day on which they are needed.
 */
const checkSameCluster = (name: string, existing: ClusterIdentity | undefined, clusterID: string): void => {
  const known = existing?.spec.clusterID;
  if (known === undefined || known === clusterID) return;
  const lost = existing?.spec.lost;
  throw new RecoverError({
    code: 'CheckFailed',
    message: `"${name}" is another cluster here (${known}${lost === undefined ? '' : `, lost since ${lost.since}`}), whose backups count by its keys; this one is ${clusterID}`,
    mend: `give this one another name: --name ${name}-2`,
  });
};

const CLUSTER_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The IDs of clusters that the destination knows by name. */
const clusterIds = (names: readonly string[], destination: ClusterAccess): Promise<string[]> =>
  Promise.all(
    names.map(async name => {
      if (CLUSTER_ID.test(name)) return name;
      const known = await destination.call(client => client.find(OWN.clusterIdentities, { name }));
      const id = name === SELF_IDENTITY ? known?.status?.clusterID : known?.spec.clusterID;
      if (id !== undefined) return id;
      throw new RecoverError({
        code: 'NotFound',
        message: `cluster "${destination.context}" has no peer "${name}"`,
        mend: `name a peer, "${SELF_IDENTITY}" or a cluster ID: kubectl recover cluster show --context ${destination.context}`,
      });
    }),
  );

const peerName = (context: string): string =>
  context
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]+/g, '-')
    .replaceAll(/^[-.]+|[-.]+$/g, '');

/**
 * `kubectl recover cluster trust`: writes the public keys of one cluster into another, so that its grants and stamps
 * count there, and which of its users and groups mean the same. Repeating it changes nothing; what is not named on
 * the command line stays as it is.
 */
export const clusterTrust = async (flags: ClusterTrustFlags, context: CommandContext): Promise<number> => {
  const { connection, io, output } = context;
  const source = connect(forSource(connection), flags.fromContext, io);
  const destination = connect(connection, connection.context, io);
  try {
    const { clusterID, cloud, region, keys } = await readSelf(source);
    const name = flags.name ?? peerName(source.context);
    const existing = await destination.call(client => client.find(OWN.clusterIdentities, { name }));
    checkSameCluster(name, existing, clusterID);
    const users = flags.users.length > 0 ? [...flags.users] : existing?.spec.identityTrust?.users;
    const groups = flags.groups.length > 0 ? [...flags.groups] : existing?.spec.identityTrust?.groups;
    const speaksFor =
      flags.speaksFor.length > 0 ? await clusterIds(flags.speaksFor, destination) : existing?.spec.speaksFor;
    const identityTrust = { ...(users ? { users } : {}), ...(groups ? { groups } : {}) };
    const peer: ClusterIdentity = {
      apiVersion: GROUP_VERSION,
      kind: 'ClusterIdentity',
      metadata: { name },
      spec: {
        clusterID,
        ...(cloud === undefined ? {} : { cloud }),
        ...(region === undefined ? {} : { region }),
        keys,
        ...(users || groups ? { identityTrust } : {}),
        ...(speaksFor ? { speaksFor } : {}),
      },
    };
    if (flags.dryRun === 'client') {
      io.stdout.write(structured(peer, isStructured(output) ? output : 'yaml'));
      return EXIT.success;
    }
    const dryRun = flags.dryRun === 'server';
    const applied = await destination.call(client =>
      client.apply(OWN.clusterIdentities, peer, { fieldManager: 'kubectl-recover', dryRun }),
    );
    const named = `clusteridentity.kubectl-recover.io/${name}`;
    if (isStructured(output)) io.stdout.write(structured(applied, output));
    else
      io.stdout.write(
        output === 'name' ? `${named}\n` : `${named} ${dryRun ? 'would be applied (dry run)' : 'applied'}\n`,
      );
    tell(
      context,
      `cluster "${destination.context}" ${dryRun ? 'would trust' : 'trusts'} grants and stamps of cluster "${source.context}" (${clusterID})`,
    );
    for (const cluster of speaksFor ?? []) {
      tell(context, `"${source.context}" speaks there for groups that were first registered in cluster ${cluster}`);
    }
    if (users === undefined && groups === undefined) {
      tell(context, `nobody of "${source.context}" is mapped yet; say who means the same with --users and --groups`);
    }
    return EXIT.success;
  } finally {
    await Promise.all([source.close(), destination.close()]);
  }
};
