import { CONTEXT_NAMES } from '../../api/context-names.ts';
import type { Cluster, Destination } from '../../api/kinds/group-parts.ts';
import type { Problem } from '../../api/recover-error.ts';
import type { AccessChain } from '../../api/tokens/access-chain.ts';
import type { GrantClaims } from '../../api/tokens/grant.ts';
import type { AccessClaims } from '../../api/tokens/kinds.ts';
import { clusterUrn, placeUrn } from '../../api/tokens/urns.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import type { PlaceView } from '../state/views.ts';
import type { Check, Facts, Registration } from './check.ts';

/** Check `destination`: the token names this cluster, and the group's owners let their data come here. */
export const checkDestination: Check = {
  name: 'destination',
  judge: ({ registration, chain: { access, grant }, state }: Facts) => {
    const { cluster: self, place } = state.self();
    const named =
      access.destination.cluster === undefined
        ? placeProblems({ access, grant }, { self, place }, registration, state)
        : clusterProblems(access, self);
    return [...named, ...permissionProblems(grant, self)];
  },
};

const placeText = ({ cloud, region }: Pick<Cluster, 'cloud' | 'region'>): string =>
  cloud === undefined || region === undefined ? 'no known cloud and region' : `${cloud}/${region}`;

const placeOf = ({ cloud, region }: { cloud?: string | undefined; region?: string | undefined }) => ({
  ...(cloud ? { cloud } : {}),
  ...(region ? { region } : {}),
});

const clusterProblems = (access: AccessClaims, self: Cluster): Problem[] => {
  const named = access.destination.cluster;
  const isHere = named === self.id && access.aud === clusterUrn(self.id);
  if (isHere && access.destination.cloud === undefined && access.destination.region === undefined) return [];
  return [
    {
      code: 'DestinationMismatch',
      message: `the access token names cluster "${named}" as destination; this is cluster "${self.id}"`,
      mend: 'name the context of the cluster that you mean with --context',
    },
  ];
};

const placeProblems = (
  { access, grant }: AccessChain,
  { self, place }: { readonly self: Cluster; readonly place: PlaceView },
  { requester, registeredAt }: Registration,
  state: ClusterState,
): Problem[] => {
  const { cloud, region, clusterUnavailable } = access.destination;
  const isHere =
    cloud !== undefined &&
    region !== undefined &&
    clusterUnavailable !== undefined &&
    cloud === self.cloud &&
    region === self.region &&
    access.aud === placeUrn(cloud, region);
  if (!isHere) {
    return [
      {
        code: 'DestinationMismatch',
        message: `the access token names ${placeText(placeOf({ cloud, region }))} as destination; this cluster is in ${placeText(self)}${place.kind === 'known' ? '' : `: ${place.message}`}`,
        mend:
          place.kind === 'known'
            ? 'name the context of the cluster that you mean with --context; where it is, kubectl recover cluster show tells'
            : 'an operator has its nodes say one place: kubectl get nodes -L topology.kubernetes.io/region; or declares, in spec.cloud and spec.region, what they do not say: kubectl edit clusteridentity self',
      },
    ];
  }
  const why = howIdWasKnown(grant, self, state, requester.username, registeredAt);
  if (why === undefined) return [];
  return [
    {
      code: 'ClusterIdentifierAvailable',
      message: `the access token names ${cloud}/${region}, but ${why}: "${self.id}"`,
      mend: 'leave out --to-cloud and --to-region; the cluster is named by its ID',
    },
  ];
};

/**
 * How the requester could have known the ID of this cluster when the token was made: a prepared one was made when its
 * grant was given, whatever was asked here since.
 */
const howIdWasKnown = (
  grant: GrantClaims,
  self: Cluster,
  state: ClusterState,
  username: string,
  registeredAt: Date,
): string | undefined => {
  if (grant.iss === clusterUrn(self.id)) return 'this cluster gave the proof, and with it its ID';
  const madeAt = grant.prepared === undefined ? registeredAt : new Date(grant.iat * 1000);
  return state.hasAnswered(username, madeAt) ? 'this cluster told its ID within the hour before' : undefined;
};

const permits = (destination: Destination, self: Cluster): boolean =>
  destination.clusterID === undefined
    ? destination.cloud === self.cloud && destination.region === self.region && self.cloud !== undefined
    : destination.clusterID === self.id;

const isLiving = ({ absent, lost }: GrantClaims): boolean => absent === undefined && lost === undefined;

/** Where data of a group may go that nobody can change any more. */
const elsewhere = ({ destinations = [] }: GrantClaims): string => {
  const named = destinations.map(each =>
    each.clusterID === undefined ? placeText(placeOf(each)) : `cluster "${each.clusterID}"`,
  );
  return named.length === 0 ? '' : `recover where they let it go, ${named.join(' or ')}: --context CONTEXT; `;
};

/** Data may always go back to where it came from; anywhere else only if the owners said so. */
const permissionProblems = (grant: GrantClaims, self: Cluster): Problem[] => {
  if (grant.cluster.id === self.id) return [];
  if ((grant.destinations ?? []).some(destination => permits(destination, self))) return [];
  return [
    {
      code: 'DestinationNotAllowed',
      message: `group "${grant.group.name}" names no destination that fits this cluster "${self.id}" (${placeText(self)})`,
      mend: isLiving(grant)
        ? `an owner adds it to spec.destinations in the source cluster: kubectl edit applicationgroup ${grant.group.name} -n ${grant.group.namespace} --context ${CONTEXT_NAMES.source}`
        : `${elsewhere(grant)}an operator restores it here by break-glass: velero restore create`,
    },
  ];
};
