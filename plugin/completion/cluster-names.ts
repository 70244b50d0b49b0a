import { CORE } from '../../api/kubernetes/core-types.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { SELF_IDENTITY } from '../../api/names.ts';
import { counted } from '../checkup/finding.ts';
import { ask } from '../cluster/ask.ts';
import { type ClusterAccess, connect } from '../cluster/connect.ts';
import type { ConnectionFlags } from '../cluster/connection-flags.ts';
import type { Io } from '../io.ts';
import type { Candidate } from './candidate.ts';
import type { Place } from './parse-words.ts';

const first = (place: Place, flag: string): string | undefined => place.flags.get(flag)?.at(-1);

const connectionOf = (place: Place, requestTimeoutMs: number): ConnectionFlags => ({
  kubeconfig: first(place, 'kubeconfig'),
  context: first(place, 'context'),
  cluster: first(place, 'cluster'),
  user: first(place, 'user'),
  namespace: first(place, 'namespace'),
  server: first(place, 'server'),
  certificateAuthority: first(place, 'certificate-authority'),
  clientCertificate: first(place, 'client-certificate'),
  clientKey: first(place, 'client-key'),
  tlsServerName: first(place, 'tls-server-name'),
  token: first(place, 'token'),
  as: first(place, 'as'),
  asGroup: place.flags.get('as-group'),
  asUid: first(place, 'as-uid'),
  asUserExtra: place.flags.get('as-user-extra'),
  requestTimeoutMs,
});

/** What a cluster is asked for; each with the rights of whoever types. */
const LISTS = {
  groups: async (access: ClusterAccess, io: Io): Promise<Candidate[]> => {
    const { groups = [] } = await ask(access, { wants: { groups: true } }, io);
    const count = (name: string): number => groups.filter(group => group.name === name).length;
    return groups.map(({ namespace, name, points = 0 }) => ({
      value: count(name) > 1 ? `${namespace}/${name}` : name,
      describe: `group of namespace ${namespace}, ${counted(points, 'recovery point')}`,
    }));
  },
  points: async (access: ClusterAccess, io: Io, group: string): Promise<Candidate[]> => {
    const { points = [] } = await ask(access, { group, wants: { points: { limit: 50 } } }, io);
    return points
      .filter(({ usable }) => usable)
      .map(({ backup, startTime }) => ({ value: backup, describe: `captured ${startTime}` }));
  },
  namespaces: async (access: ClusterAccess): Promise<Candidate[]> => {
    const { items } = await access.call(client => client.list(CORE.namespaces, { limit: 500 }));
    return items.map(({ metadata }) => ({ value: metadata.name, describe: '' }));
  },
  peers: async (access: ClusterAccess): Promise<Candidate[]> => {
    const { items } = await access.call(client => client.list(OWN.clusterIdentities, { limit: 500 }));
    return items
      .filter(({ metadata }) => metadata.name !== SELF_IDENTITY)
      .map(({ metadata }) => ({ value: metadata.name, describe: 'peer' }));
  },
} as const;

export type ClusterList = keyof typeof LISTS;

/** Asks the cluster that the words before name, or the current one. */
export const clusterNames = async (
  list: ClusterList,
  place: Place,
  io: Io,
  timeoutMs: number,
): Promise<Candidate[]> => {
  const connection = connectionOf(place, timeoutMs);
  const access = connect(connection, connection.context, io);
  return LISTS[list](access, io, place.positionals[0] ?? '');
};
