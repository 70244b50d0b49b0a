import { digestOf } from '../../api/digest.ts';
import type { Requester } from '../../api/kinds/requester.ts';
import { ANNOTATIONS } from '../../api/names.ts';
import type { Decision, PatchOperation } from './decision.ts';
import type { AdmissionRequest } from './review.ts';

const pointerPart = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');

const specOf = (object: Readonly<Record<string, unknown>> | null | undefined): unknown => object?.['spec'] ?? null;

const requesterOf = ({ username, uid, groups, extra }: Requester): Requester => ({
  username,
  ...(uid === undefined ? {} : { uid }),
  ...(groups === undefined ? {} : { groups }),
  ...(extra === undefined ? {} : { extra }),
});

/** What says on an ApplicationGroup who wrote its spec. */
export const requesterAnnotation = ({ username, uid, groups }: Requester): string =>
  JSON.stringify(requesterOf({ username, ...(uid ? { uid } : {}), ...(groups ? { groups } : {}) }));

/** An ApplicationGroup is applied by pipelines, which know nothing of `spec.requester`: it carries an annotation. */
const annotate = (request: AdmissionRequest): PatchOperation[] => {
  if (request.operation === 'UPDATE' && digestOf(specOf(request.object)) === digestOf(specOf(request.oldObject))) {
    return [];
  }
  const value = requesterAnnotation(request.userInfo);
  const metadata = request.object['metadata'] as { annotations?: unknown } | undefined;
  const path = `/metadata/annotations/${pointerPart(ANNOTATIONS.requester)}`;
  return metadata?.annotations
    ? [{ op: 'add', path, value }]
    : [{ op: 'add', path: '/metadata/annotations', value: { [ANNOTATIONS.requester]: value } }];
};

/**
 * Writes who asks into the object, as the API server does for a CertificateSigningRequest: whatever the body says,
 * `spec.requester` becomes the authenticated user.
 */
export const mutateRequester = async (request: AdmissionRequest): Promise<Decision> => {
  if (request.kind.kind === 'ApplicationGroup') return { kind: 'mutate', patch: annotate(request) };
  return {
    kind: 'mutate',
    patch: [{ op: 'add', path: '/spec/requester', value: requesterOf(request.userInfo) }],
  };
};
