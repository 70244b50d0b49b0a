/** Names of parties in tokens (`iss`, `aud`); RFC 7519 wants a StringOrURI there. */

export const clusterUrn = (clusterId: string): string => `urn:kubectl-recover:cluster:${clusterId}`;
export const placeUrn = (cloud: string, region: string): string => `urn:kubectl-recover:place:${cloud}:${region}`;
export const gateUrn = (clusterId: string): string => `urn:kubectl-recover:gate:${clusterId}`;
/** The holder of an ephemeral key, named by its RFC 7638 thumbprint. */
export const holderUrn = (thumbprint: string): string => `urn:kubectl-recover:holder:${thumbprint}`;

/** The cluster ID in a cluster's URN, or nothing if it is no such URN. */
export const clusterOfUrn = (urn: string): string | undefined =>
  /^urn:kubectl-recover:cluster:([0-9a-f-]{36})$/.exec(urn)?.[1];
