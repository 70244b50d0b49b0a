import { randomName } from '../../api/digest.ts';
import type { AccessRequest } from '../../api/kinds/access-request.ts';
import type { ClusterIdentity } from '../../api/kinds/cluster-identity.ts';
import type { KubeObject, Stored } from '../../api/kinds/object-meta.ts';
import { ApiError } from '../../api/kubernetes/api-error.ts';
import { OWN, type ResourceType } from '../../api/kubernetes/resource-type.ts';
import { GROUP_VERSION, REQUESTS_NAMESPACE, SELF_IDENTITY } from '../../api/names.ts';
import { RecoverError } from '../../api/recover-error.ts';
import type { ClusterAccess } from '../cluster/connect.ts';
import { shellWord } from '../cluster/shell-word.ts';
import type { Io } from '../io.ts';

/** What came of an AccessRequest that is judged and not stored. */
export interface DryRun {
  readonly made: Stored<AccessRequest>;
  /** Of the local clock, in milliseconds since the epoch. */
  readonly sentMs: number;
  readonly receivedMs: number;
}

/** A cluster as the checks see it, with the caller's rights; what several checks read is read once. */
export interface ExaminedCluster {
  readonly access: ClusterAccess;
  readonly pluginVersion: string;
  readonly now: Date;
  /** @throws RecoverError `NotFound` where the cluster does not serve that kind */
  list<Resource extends KubeObject>(type: ResourceType<Resource>): Promise<readonly Stored<Resource>[]>;
  read<Answer>(path: string): Promise<Answer>;
  review<Answer>(path: string, body: Readonly<Record<string, unknown>>): Promise<Answer>;
  /** `ClusterIdentity/self`; undefined if there is none. */
  self(): Promise<Stored<ClusterIdentity> | undefined>;
  /** Has the API server call the catalogue's webhooks for an AccessRequest. */
  dryRun(): Promise<DryRun>;
}

const once = <Answer>(ask: () => Promise<Answer>): (() => Promise<Answer>) => {
  let answer: Promise<Answer> | undefined;
  return () => {
    answer ??= ask();
    return answer;
  };
};

const tryRequest = async (access: ClusterAccess, clock: () => number): Promise<DryRun> => {
  const sentMs = clock();
  const request: AccessRequest = {
    apiVersion: GROUP_VERSION,
    kind: 'AccessRequest',
    metadata: { name: randomName(), namespace: REQUESTS_NAMESPACE },
    spec: { wants: {} },
  };
  const made = await access.call(client => client.create(OWN.accessRequests, request, { dryRun: true }));
  return { made, sentMs, receivedMs: clock() };
};

const listAll = <Resource extends KubeObject>(access: ClusterAccess, type: ResourceType<Resource>) =>
  access.call(async client => {
    try {
      return await client.listAll(type);
    } catch (error) {
      if (!(error instanceof ApiError) || error.statusCode !== 404) throw error;
      const what = `${type.plural}.${type.group}`;
      throw new RecoverError(
        {
          code: 'NotFound',
          message: `cluster "${access.context}" does not serve ${what}`,
          mend: `see what it lacks: kubectl recover check --context ${shellWord(access.context)}`,
        },
        { cause: error },
      );
    }
  });

export const examinedCluster = (access: ClusterAccess, io: Io, pluginVersion: string): ExaminedCluster => {
  const lists = new Map<string, Promise<readonly Stored<KubeObject>[]>>();
  return {
    access,
    pluginVersion,
    now: new Date(io.clock()),
    list: <Resource extends KubeObject>(type: ResourceType<Resource>) => {
      const key = `${type.plural}.${type.group}`;
      const answer = lists.get(key) ?? listAll(access, type);
      lists.set(key, answer);
      return answer as Promise<readonly Stored<Resource>[]>;
    },
    read: path => access.call(client => client.read(path)),
    review: (path, body) => access.call(client => client.review(path, body)),
    self: once(() => access.call(client => client.find(OWN.clusterIdentities, { name: SELF_IDENTITY }))),
    dryRun: once(() => tryRequest(access, io.clock)),
  };
};
