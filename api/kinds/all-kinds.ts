import { accessRequestKind } from './access-request.ts';
import { applicationGroupKind } from './application-group.ts';
import { clusterIdentityKind } from './cluster-identity.ts';
import type { KindDefinition } from './kind-definition.ts';
import { namespaceClaimKind } from './namespace-claim.ts';
import { recoveryKind } from './recovery.ts';
import { recoveryApprovalKind } from './recovery-approval.ts';
import { recoveryPolicyKind } from './recovery-policy.ts';

/** Every kind of the API group, as its CRD is made from. */
export const ALL_KINDS: readonly KindDefinition[] = [
  clusterIdentityKind,
  applicationGroupKind,
  namespaceClaimKind,
  accessRequestKind,
  recoveryKind,
  recoveryApprovalKind,
  recoveryPolicyKind,
];
