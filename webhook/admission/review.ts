import Type, { type Static } from 'typebox';
import { requesterSchema } from '../../api/kinds/requester.ts';
import { parserOf } from '../../api/parse.ts';
import { boolean, object, oneOf, optional, text } from '../../api/schema.ts';

const anyObject = Type.Unsafe<Readonly<Record<string, unknown>>>({ type: 'object' });
const optionalObject = Type.Optional(Type.Union([anyObject, Type.Null()]));

const requestSchema = object({
  uid: text({ maxLength: 128 }),
  operation: oneOf(['CREATE', 'UPDATE']),
  kind: object({ group: Type.String(), version: Type.String(), kind: Type.String() }),
  name: optional(Type.String()),
  namespace: optional(Type.String()),
  userInfo: requesterSchema,
  object: anyObject,
  oldObject: optionalObject,
  dryRun: optional(boolean()),
});

const reviewSchema = object({
  apiVersion: oneOf(['admission.k8s.io/v1']),
  kind: oneOf(['AdmissionReview']),
  request: requestSchema,
});

/** `AdmissionRequest` of admission.k8s.io/v1, with the fields we read. `object` is not yet parsed. */
export type AdmissionRequest = Static<typeof requestSchema>;

/** Parses an AdmissionReview; throws RecoverError `RequestInvalid`. */
export const parseReview = parserOf(reviewSchema, 'the AdmissionReview');
