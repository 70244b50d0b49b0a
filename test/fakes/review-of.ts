import type { AdmissionRequest } from '../../webhook/admission/review.ts';

/** A review of a new object of ours by alice. */
export const reviewOf = (kind: string, object: object, part: Partial<AdmissionRequest> = {}): AdmissionRequest => ({
  uid: 'review-1',
  operation: 'CREATE',
  kind: { group: 'kubectl-recover.io', version: 'v1alpha1', kind },
  userInfo: { username: 'alice', uid: 'u1', groups: ['system:authenticated', 'team-shop'] },
  object: { ...object },
  ...part,
});
