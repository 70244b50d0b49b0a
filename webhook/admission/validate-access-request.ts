import type { AccessRequest } from '../../api/kinds/access-request.ts';
import { type Decision, refuse } from './decision.ts';
import { isRequester } from './registration.ts';
import type { AdmissionRequest } from './review.ts';

const PART = '[a-z0-9]([-a-z0-9.]*[a-z0-9])?';
const GROUP_AS_TYPED = new RegExp(`^(${PART}/)?${PART}$`);

/** Judges the form of an AccessRequest; whether it is granted is for the controller, which answers in its status. */
export const validateAccessRequest = async (request: AdmissionRequest): Promise<Decision> => {
  const { spec } = request.object as unknown as AccessRequest;
  if (!isRequester(spec.requester, request.userInfo)) {
    return refuse('spec.requester', {
      code: 'RequesterMismatch',
      message: 'spec.requester is not the authenticated user',
      mend: 'leave it out; the catalogue sets it',
    });
  }
  if (spec.group !== undefined && !GROUP_AS_TYPED.test(spec.group)) {
    return refuse('spec.group', {
      code: 'RequestInvalid',
      message: `"${spec.group}" cannot be the name of a group`,
      mend: 'write NAME or NAMESPACE/NAME',
    });
  }
  return { kind: 'allow' };
};
