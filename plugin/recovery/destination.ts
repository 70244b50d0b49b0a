import type { AccessClaims } from '../../api/tokens/kinds.ts';
import { clusterUrn, placeUrn } from '../../api/tokens/urns.ts';

/** How a person names where a recovery goes. */
export type DestinationChoice =
  /** The cluster of --context, which must have this ID if one is given. */
  | { readonly kind: 'context'; readonly expectedId?: string | undefined }
  | { readonly kind: 'place'; readonly cloud: string; readonly region: string };

/** What the access token names as destination. */
export type NamedDestination =
  | { readonly kind: 'cluster'; readonly id: string }
  | {
      readonly kind: 'place';
      readonly cloud: string;
      readonly region: string;
      /** Why the cluster ID was not to be had. */
      readonly clusterUnavailable: string;
    };

/** Longest reason that the access token takes. */
const MAX_REASON = 512;

/** The claims of an access token that name the destination. */
export const destinationClaims = (named: NamedDestination): Pick<AccessClaims, 'aud' | 'destination'> => {
  if (named.kind === 'cluster') return { aud: clusterUrn(named.id), destination: { cluster: named.id } };
  const { cloud, region, clusterUnavailable } = named;
  return {
    aud: placeUrn(cloud, region),
    destination: { cloud, region, clusterUnavailable: clusterUnavailable.slice(0, MAX_REASON) },
  };
};

/** The destination as people are told of it. */
export const destinationText = (named: NamedDestination): string =>
  named.kind === 'cluster' ? `cluster ${named.id}` : `any cluster in ${named.cloud}/${named.region}`;
