import type { Static } from 'typebox';
import { RANDOM_NAME_PATTERN } from '../names.ts';
import { object, oneOf, optional, text } from '../schema.ts';
import type { KindDefinition } from './kind-definition.ts';
import type { CustomResource } from './object-meta.ts';
import { requesterSchema } from './requester.ts';

const specSchema = object(
  {
    requester: optional(requesterSchema),
    recovery: object({ name: text({ maxLength: 32, pattern: RANDOM_NAME_PATTERN }), uid: text({ maxLength: 64 }) }),
    validationDigest: text({ maxLength: 80, description: 'What the approver was shown.' }),
    decision: oneOf(['Approve', 'Refuse']),
    comment: optional(text({ maxLength: 1024 })),
  },
  { rules: [{ rule: 'self == oldSelf', message: 'a RecoveryApproval cannot change; make a new one' }] },
);

export type RecoveryApproval = CustomResource<'RecoveryApproval', Static<typeof specSchema>, never>;

export const recoveryApprovalKind: KindDefinition = {
  kind: 'RecoveryApproval',
  plural: 'recoveryapprovals',
  singular: 'recoveryapproval',
  shortNames: ['rcva'],
  scope: 'Namespaced',
  description: 'One approver’s decision on one Recovery, bound to the validation they were shown.',
  spec: specSchema,
  columns: [
    { name: 'Approver', type: 'string', jsonPath: '.spec.requester.username' },
    { name: 'Decision', type: 'string', jsonPath: '.spec.decision' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
};
