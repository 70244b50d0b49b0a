import type { AccessRequestSpec } from '../../api/kinds/access-request.ts';
import type { Cluster, Destination } from '../../api/kinds/group-parts.ts';
import { RecoverError } from '../../api/recover-error.ts';
import type { PreparedClaims } from '../../api/tokens/kinds.ts';
import { matchingPolicies, NO_POLICY } from '../checks/check-policy.ts';
import { preparedGrantProblems } from '../checks/prepared-grants.ts';
import type { ClusterState } from '../state/cluster-state.ts';

/** The one recovery that a grant is wanted for. */
export type PrepareWish = NonNullable<AccessRequestSpec['prepare']>;

/** What a grant for a later day is bound to, and how long it lives. */
export interface PreparedLife {
  readonly lifeSeconds: number;
  readonly claims: PreparedClaims;
}

/** The group that it is wanted for. */
export interface PreparedFor {
  readonly group: { readonly namespace: string; readonly name: string };
  readonly destinations: readonly Destination[];
  /** The source. */
  readonly cluster: Cluster;
  /** Points of the group in the source, by backup and stamping cluster. */
  readonly points: readonly { readonly backup: string; readonly source: string }[];
}

const isPlace = ({ clusterID }: Destination): boolean => clusterID === undefined;

const samePlace = (a: Destination, b: Destination): boolean => a.cloud === b.cloud && a.region === b.region;

/** Whether a cluster of another ID is in a place that the owners allow, only that cluster knows. */
const mayBeAllowed = (destination: Destination, { destinations, cluster }: PreparedFor): boolean =>
  isPlace(destination)
    ? destinations.some(allowed => isPlace(allowed) && samePlace(allowed, destination))
    : destination.clusterID === cluster.id ||
      destinations.some(allowed => isPlace(allowed) || allowed.clusterID === destination.clusterID);

const textOf = ({ clusterID, cloud, region }: Destination): string =>
  clusterID === undefined ? `${cloud}/${region}` : `cluster "${clusterID}"`;

const checkPolicies = (wish: PrepareWish, { group, cluster }: PreparedFor, state: ClusterState): void => {
  const policies = matchingPolicies(state.policies(), { group: { id: '', ...group }, cluster });
  if (policies.length === 0) throw new RecoverError(NO_POLICY);
  const asked = { lifeSeconds: wish.lifeSeconds, isForPlace: isPlace(wish.destination) };
  const [problem] = policies.flatMap(policy => preparedGrantProblems(policy, asked));
  if (problem !== undefined) throw new RecoverError(problem);
};

/**
 * What a prepared grant is bound to. What the destination would refuse for certain, days later, is refused now; it
 * judges all of it again.
 * @throws RecoverError `PolicyDenied`, `DestinationNotAllowed`, `PointNotFound`
 */
export const preparedLife = (wish: PrepareWish, subject: PreparedFor, state: ClusterState): PreparedLife => {
  const { group, points } = subject;
  checkPolicies(wish, subject, state);
  if (!mayBeAllowed(wish.destination, subject)) {
    throw new RecoverError({
      code: 'DestinationNotAllowed',
      message: `group "${group.namespace}/${group.name}" names no destination that fits ${textOf(wish.destination)}`,
      mend: `an owner adds it to spec.destinations: kubectl edit applicationgroup ${group.name} -n ${group.namespace}`,
    });
  }
  const { backup, source } = wish.point;
  if (!points.some(point => point.backup === backup && point.source === source)) {
    throw new RecoverError({
      code: 'PointNotFound',
      message: `group "${group.namespace}/${group.name}" has no recovery point "${backup}" of cluster "${source}" here`,
      mend: `list its points with: kubectl recover points ${group.namespace}/${group.name}`,
    });
  }
  const { clusterID, cloud, region } = wish.destination;
  return {
    lifeSeconds: wish.lifeSeconds,
    claims: {
      accessTokenID: wish.accessTokenID,
      point: { backup, source },
      destination:
        clusterID === undefined
          ? { ...(cloud ? { cloud } : {}), ...(region ? { region } : {}) }
          : { cluster: clusterID },
      restoreDigest: wish.restoreDigest,
    },
  };
};
