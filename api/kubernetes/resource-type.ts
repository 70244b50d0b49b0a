import type { AccessRequest } from '../kinds/access-request.ts';
import { accessRequestKind } from '../kinds/access-request.ts';
import { type ApplicationGroup, applicationGroupKind } from '../kinds/application-group.ts';
import { type ClusterIdentity, clusterIdentityKind } from '../kinds/cluster-identity.ts';
import type { KindDefinition } from '../kinds/kind-definition.ts';
import { type NamespaceClaim, namespaceClaimKind } from '../kinds/namespace-claim.ts';
import type { KubeObject } from '../kinds/object-meta.ts';
import { type Recovery, recoveryKind } from '../kinds/recovery.ts';
import { type RecoveryApproval, recoveryApprovalKind } from '../kinds/recovery-approval.ts';
import { type RecoveryPolicy, recoveryPolicyKind } from '../kinds/recovery-policy.ts';
import { API_GROUP, API_VERSION } from '../names.ts';

/** Where objects of one type live in the API; the type parameter is what comes back. */
export interface ResourceType<Resource extends KubeObject> {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** Never set; ties the parameter to the type. */
  readonly resource?: Resource;
}

/** Describes a type of another API group. */
export const resourceType = <Resource extends KubeObject>(
  groupVersion: string,
  kind: string,
  plural: string,
  namespaced: boolean,
): ResourceType<Resource> => {
  const [group, version] = groupVersion.includes('/') ? groupVersion.split('/') : ['', groupVersion];
  return { group: group ?? '', version: version ?? '', plural, kind, namespaced };
};

const own = <Resource extends KubeObject>(definition: KindDefinition): ResourceType<Resource> => ({
  group: API_GROUP,
  version: API_VERSION,
  plural: definition.plural,
  kind: definition.kind,
  namespaced: definition.scope === 'Namespaced',
});

/** The types of our own API group. */
export const OWN = {
  clusterIdentities: own<ClusterIdentity>(clusterIdentityKind),
  applicationGroups: own<ApplicationGroup>(applicationGroupKind),
  namespaceClaims: own<NamespaceClaim>(namespaceClaimKind),
  accessRequests: own<AccessRequest>(accessRequestKind),
  recoveries: own<Recovery>(recoveryKind),
  recoveryApprovals: own<RecoveryApproval>(recoveryApprovalKind),
  recoveryPolicies: own<RecoveryPolicy>(recoveryPolicyKind),
} as const;

/** One part of a path. `.`, `..` and nothing would lead elsewhere, a DELETE of an object to its whole collection. */
const segment = (name: string): string => {
  if (name === '' || name === '.' || name === '..') throw new TypeError(`"${name}" is no name of an object`);
  return encodeURIComponent(name);
};

/** Path of the type's collection, or of one object in it. */
export const pathOf = (
  type: Pick<ResourceType<KubeObject>, 'group' | 'version' | 'plural'>,
  at: { readonly namespace?: string | undefined; readonly name?: string; readonly subresource?: string } = {},
): string => {
  const base = type.group === '' ? `/api/${type.version}` : `/apis/${type.group}/${type.version}`;
  const namespace = at.namespace === undefined ? '' : `/namespaces/${segment(at.namespace)}`;
  const name = at.name === undefined ? '' : `/${segment(at.name)}`;
  return `${base}${namespace}/${type.plural}${name}${at.subresource === undefined ? '' : `/${at.subresource}`}`;
};
