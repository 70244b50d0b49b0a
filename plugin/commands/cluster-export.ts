import { stringify } from 'yaml';
import type { ClusterIdentity } from '../../api/kinds/cluster-identity.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { SELF_IDENTITY } from '../../api/names.ts';
import { type ClusterAccess, connect } from '../cluster/connect.ts';
import { EXIT } from '../exit-codes.ts';
import { isStructured, structured } from '../render/output.ts';
import { asFile, selfAsPeer } from '../trust/peer-of.ts';
import type { CommandContext } from './command-context.ts';

export interface ClusterExportFlags {
  readonly name: string | undefined;
  /** The peers too: what a new installation of the same cluster needs. */
  readonly all: boolean;
}

/** Objects for kubectl: documents of YAML, or a List. */
export const identitiesText = (identities: readonly ClusterIdentity[], output: CommandContext['output']): string =>
  isStructured(output) && output !== 'yaml'
    ? structured({ apiVersion: 'v1', kind: 'List', items: identities }, output)
    : identities.map(identity => stringify(identity, { compat: 'yaml-1.1' })).join('---\n');

/** The cluster as its peers hold it, and its peers if they are wanted too. */
export const exportedIdentities = async (
  access: ClusterAccess,
  { name, all }: ClusterExportFlags,
): Promise<readonly ClusterIdentity[]> => {
  const own = await selfAsPeer(access, name);
  const identities = all ? await access.call(client => client.listAll(OWN.clusterIdentities)) : [];
  const peers = identities
    .filter(({ metadata, spec }) => metadata.name !== SELF_IDENTITY && spec.clusterID !== own.spec.clusterID)
    .map(asFile);
  return [own, ...peers];
};

/** `kubectl recover cluster export`: the public keys of a cluster, retired ones included, as a file for others. */
export const clusterExport = async (flags: ClusterExportFlags, context: CommandContext): Promise<number> => {
  const { connection, io, output } = context;
  const access = connect(connection, connection.context, io);
  try {
    io.stdout.write(identitiesText(await exportedIdentities(access, flags), output));
    return EXIT.success;
  } finally {
    await access.close();
  }
};
