import { type ClusterIdentity, PLACE_KNOWN } from '../../api/kinds/cluster-identity.ts';
import { findCondition } from '../../api/kinds/condition.ts';
import type { Cluster } from '../../api/kinds/group-parts.ts';
import type { Stored } from '../../api/kinds/object-meta.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { SELF_IDENTITY } from '../../api/names.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { ask } from '../cluster/ask.ts';
import { type ClusterAccess, connect } from '../cluster/connect.ts';
import { EXIT } from '../exit-codes.ts';
import { columnsOf, factsText } from '../render/hung-lines.ts';
import { isStructured, structured } from '../render/output.ts';
import { table } from '../render/table.ts';
import type { CommandContext } from './command-context.ts';

type Identities = readonly Stored<ClusterIdentity>[];

/** Operators read the identities; an owner, who may not, is told the cluster's own by the catalogue. */
const identitiesOf = async (access: ClusterAccess): Promise<Identities | undefined> => {
  try {
    return await access.call(client => client.listAll(OWN.clusterIdentities));
  } catch (error) {
    if (error instanceof RecoverError && error.code === 'Forbidden') return undefined;
    throw error;
  }
};

type Fact = readonly [name: string, value: string];

/** An owner is told the place alone; who says it, or why nobody does, stands in what operators read. */
const placeText = ({ cloud, region }: Cluster, self: ClusterIdentity | undefined): string => {
  if (cloud && region) return `${cloud}/${region}${self?.status?.placeFrom === 'Declared' ? ' (declared)' : ''}`;
  const condition = findCondition(self?.status?.conditions, PLACE_KNOWN);
  return condition?.status === 'False' ? `<unknown>: ${condition.message}` : '<unknown>';
};

const clusterFacts = (cluster: Cluster, self: ClusterIdentity | undefined, context: string): readonly Fact[] => [
  ['Context', context],
  ['Cluster ID', cluster.id],
  ['Place', placeText(cluster, self)],
];

const selfFacts = ({ spec, status }: ClusterIdentity): readonly Fact[] => [
  ['Mode', status?.mode ?? '<unknown>'],
  ['Catalogue', status?.version ?? '<unknown>'],
  [
    'Velero',
    (spec.velero ?? []).map(({ namespace, serviceAccount }) => `${namespace}/${serviceAccount}`).join(', ') || '<none>',
  ],
];

const peersOf = (identities: Identities): Identities =>
  identities.filter(({ metadata }) => metadata.name !== SELF_IDENTITY);

const peersText = (peers: Identities): string => {
  const rows = peers.map(({ metadata, spec }) => [
    metadata.name,
    spec.clusterID ?? '',
    spec.cloud && spec.region ? `${spec.cloud}/${spec.region}` : '<unknown>',
    (spec.identityTrust?.users ?? []).join(',') || '<none>',
    (spec.identityTrust?.groups ?? []).join(',') || '<none>',
    spec.lost === undefined ? '<none>' : spec.lost.since,
  ]);
  return `\n${table(['PEER', 'CLUSTER-ID', 'PLACE', 'USERS', 'GROUPS', 'LOST SINCE'], rows)}`;
};

/** `kubectl recover cluster show`: what a cluster is, and whom it trusts. */
export const clusterShow = async (context: CommandContext): Promise<number> => {
  const { connection, io, output } = context;
  const access = connect(connection, connection.context, io);
  try {
    const identities = await identitiesOf(access);
    const self = identities?.find(({ metadata }) => metadata.name === SELF_IDENTITY);
    const cluster: Cluster =
      self?.status?.clusterID === undefined
        ? (await ask(access, { wants: {} }, io)).cluster
        : {
            id: self.status.clusterID,
            ...(self.status.cloud === undefined ? {} : { cloud: self.status.cloud }),
            ...(self.status.region === undefined ? {} : { region: self.status.region }),
          };
    if (isStructured(output)) {
      io.stdout.write(structured({ context: access.context, cluster, identities: identities ?? [] }, output));
      return EXIT.success;
    }
    const peers = identities && peersOf(identities);
    const facts: readonly Fact[] = [
      ...clusterFacts(cluster, self, access.context),
      ...(self === undefined ? [] : selfFacts(self)),
      ...(peers?.length === 0 ? [['Peers', '<none>'] as const] : []),
    ];
    io.stdout.write(factsText(facts, 12, columnsOf(io.stdout)));
    if (peers !== undefined && peers.length > 0) io.stdout.write(peersText(peers));
    return EXIT.success;
  } finally {
    await access.close();
  }
};
