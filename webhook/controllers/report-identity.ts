import { digestOf } from '../../api/digest.ts';
import { type ClusterIdentity, PLACE_KNOWN } from '../../api/kinds/cluster-identity.ts';
import { type Condition, withCondition } from '../../api/kinds/condition.ts';
import { isAlreadyExists } from '../../api/kubernetes/api-error.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { GROUP_VERSION, SELF_IDENTITY } from '../../api/names.ts';
import type { LiveClusterState } from '../cluster/live-cluster-state.ts';
import type { Mode } from '../cluster/mode.ts';
import type { OwnKeys } from '../keys/own-keys.ts';
import { ownKeys } from '../keys/trusted-keys.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { PlaceView } from '../state/views.ts';
import { judgeVeleroDrift, runningVeleros } from './velero-drift.ts';

export interface IdentityReport {
  readonly client: KubeClient;
  readonly state: LiveClusterState;
  readonly keys: OwnKeys;
  readonly mode: () => Mode;
  readonly version: string;
  readonly metrics: Metrics;
  readonly clock: () => number;
}

const newSelf: ClusterIdentity = {
  apiVersion: GROUP_VERSION,
  kind: 'ClusterIdentity',
  metadata: { name: SELF_IDENTITY },
  spec: {},
};

const readOrCreate = async (client: KubeClient) => {
  const existing = await client.find(OWN.clusterIdentities, { name: SELF_IDENTITY });
  if (existing) return existing;
  try {
    return await client.create(OWN.clusterIdentities, newSelf);
  } catch (error) {
    if (isAlreadyExists(error)) return client.get(OWN.clusterIdentities, { name: SELF_IDENTITY });
    throw error;
  }
};

const declare = `kubectl patch clusteridentity ${SELF_IDENTITY} --type=merge -p '{"spec":{"cloud":"CLOUD","region":"REGION"}}'`;

const placeCondition = (place: PlaceView): Omit<Condition, 'lastTransitionTime'> => {
  const condition = { type: PLACE_KNOWN, status: 'False' as const };
  switch (place.kind) {
    case 'known':
      return { ...condition, status: 'True', reason: `From${place.from}`, message: '' };
    case 'unknown':
      return { ...condition, reason: 'NotTold', message: `${place.message}; an operator declares it: ${declare}` };
    case 'contradictory':
      return { ...condition, reason: 'Contradictory', message: place.message };
  }
};

/** Tells in `ClusterIdentity/self` what this cluster is: ID, place, public keys, version, mode, and who Velero is not. */
export const reportIdentity = async (report: IdentityReport): Promise<void> => {
  const { client, state, keys, mode, version, metrics, clock } = report;
  const self = await readOrCreate(client);
  const { cluster, place } = state.self();
  const drift = judgeVeleroDrift(await runningVeleros(client), self.spec.velero ?? []);
  metrics.veleroDrift.set(drift.status === 'True' ? 0 : 1);
  const now = new Date(clock());
  const status: NonNullable<ClusterIdentity['status']> = {
    clusterID: cluster.id,
    ...(place.kind === 'known' ? { cloud: place.cloud, region: place.region, placeFrom: place.from } : {}),
    conditions: withCondition(withCondition(self.status?.conditions, placeCondition(place), now), drift, now),
    keys: ownKeys(keys.publicKeys(), self.spec.keys),
    version,
    mode: mode(),
  };
  if (digestOf(status) === digestOf(self.status ?? {})) return;
  await client.replace(OWN.clusterIdentities, { ...self, status }, { subresource: 'status' });
};
