import { digestOf, recoveryHash } from '../../api/digest.ts';
import type { Recovery } from '../../api/kinds/recovery.ts';
import type { Requester } from '../../api/kinds/requester.ts';
import type { Registration } from '../checks/check.ts';

/** The registration in a Recovery, judged by the authenticated requester alone. */
export const registrationOf = (
  recovery: Pick<Recovery, 'metadata' | 'spec'>,
  requester: Requester,
  times: { readonly registeredAt: Date; readonly now: Date },
): Registration => ({
  requester,
  accessToken: recovery.spec.accessToken,
  restore: recovery.spec.restore,
  ...(recovery.spec.reason === undefined ? {} : { reason: recovery.spec.reason }),
  hash: recoveryHash(recovery.metadata.name),
  ...times,
});

/** Whether `spec.requester` is the user of the request; the order of groups is the authenticator's. */
export const isRequester = (requester: Requester | undefined, user: Requester): boolean =>
  requester !== undefined &&
  requester.username === user.username &&
  (requester.uid ?? '') === (user.uid ?? '') &&
  digestOf(requester.groups ?? []) === digestOf(user.groups ?? []) &&
  digestOf(requester.extra ?? {}) === digestOf(user.extra ?? {});
