import type { RecoveryApproval } from '../../api/kinds/recovery-approval.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import { type Decision, refuse } from './decision.ts';
import { isRequester } from './registration.ts';
import type { AdmissionRequest } from './review.ts';
import { validateAccessRequest } from './validate-access-request.ts';
import { validateGroup } from './validate-group.ts';
import { validateIdentity } from './validate-identity.ts';
import { validatePolicy } from './validate-policy.ts';
import { validateRecovery } from './validate-recovery.ts';

const validateApproval = async (request: AdmissionRequest): Promise<Decision> => {
  const { spec } = request.object as unknown as RecoveryApproval;
  if (isRequester(spec.requester, request.userInfo)) return { kind: 'allow' };
  return refuse('spec.requester', {
    code: 'RequesterMismatch',
    message: 'spec.requester is not the authenticated user',
  });
};

/** Judges a write to one of our own kinds. A kind that is not known here is refused. */
export const validateObject =
  (state: ClusterState, clock: () => number) =>
  async (request: AdmissionRequest): Promise<Decision> => {
    // The CRDs let only an unchanged spec pass for these; what remains of an update is metadata.
    const isUpdate = request.operation === 'UPDATE';
    switch (request.kind.kind) {
      case 'ApplicationGroup':
        return validateGroup(request, state);
      case 'AccessRequest':
        return isUpdate ? { kind: 'allow' } : validateAccessRequest(request);
      case 'Recovery':
        return isUpdate ? { kind: 'allow' } : validateRecovery(request, state, new Date(clock()));
      case 'RecoveryApproval':
        return isUpdate ? { kind: 'allow' } : validateApproval(request);
      case 'ClusterIdentity':
        return validateIdentity(request, state);
      case 'RecoveryPolicy':
        return validatePolicy(request);
      default:
        return refuse('kind', { code: 'CatalogueOnly', message: `only the catalogue writes ${request.kind.kind}` });
    }
  };
