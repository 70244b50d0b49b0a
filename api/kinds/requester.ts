import Type, { type Static } from 'typebox';
import { list, object, optional, text } from '../schema.ts';

/**
 * Who asked, as the API server authenticated them: `spec.requester`, written by the mutating webhook from
 * `request.userInfo` and held to it by a policy in the API server, as for a CertificateSigningRequest.
 */
export const requesterSchema = object(
  {
    username: text({ maxLength: 512 }),
    uid: optional(text({ minLength: 0, maxLength: 128 })),
    groups: optional(list(text({ maxLength: 512 }), { maxItems: 512 })),
    extra: optional(
      Type.Unsafe<Record<string, string[]>>({
        type: 'object',
        maxProperties: 64,
        additionalProperties: { type: 'array', maxItems: 64, items: { type: 'string', maxLength: 4096 } },
      }),
    ),
  },
  { description: 'Who asked; set by the catalogue from the authenticated user.' },
);

export type Requester = Static<typeof requesterSchema>;
