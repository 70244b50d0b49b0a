import type { Static } from 'typebox';
import { RANDOM_NAME_PATTERN } from '../names.ts';
import { MAX_PREPARED_LIFE_SECONDS } from '../prepared-life.ts';
import { boolean, integer, list, namespaceName, object, oneOf, optional, stringMap, text, time } from '../schema.ts';
import { conditionsSchema } from './condition.ts';
import {
  clusterIdSchema,
  clusterSchema,
  destinationSchema,
  destinationsSchema,
  groupIdSchema,
  namespaceRefsSchema,
  ownersSchema,
} from './group-parts.ts';
import { publicJwkSchema } from './jwk.ts';
import type { KindDefinition } from './kind-definition.ts';
import type { CustomResource } from './object-meta.ts';
import { recoveryProgressSchema } from './recovery.ts';
import { requesterSchema } from './requester.ts';

/** Largest grant in characters; an app-group token with 128 namespaces and 64 owners fits. */
export const MAX_GRANT_LENGTH = 65_536;

const prepareSchema = object(
  {
    accessTokenID: text({ maxLength: 32, pattern: RANDOM_NAME_PATTERN }),
    point: object({ backup: text(), source: clusterIdSchema }),
    destination: destinationSchema,
    restoreDigest: text({ maxLength: 71, pattern: '^sha256:[0-9a-f]{64}$' }),
    lifeSeconds: integer({ minimum: 60, maximum: MAX_PREPARED_LIFE_SECONDS }),
  },
  { description: 'The one recovery that the grant is for, which then may live longer, as far as policies allow.' },
);

const specSchema = object(
  {
    requester: optional(requesterSchema),
    group: optional(
      text({ maxLength: 317, description: 'The group as typed: name, or namespace/name. Absent: all of them.' }),
    ),
    publicKey: optional(publicJwkSchema),
    wants: object({
      grant: optional(boolean()),
      groups: optional(boolean()),
      recoveries: optional(boolean()),
      stamp: optional(
        object(
          {
            backup: text(),
            reattest: optional(boolean({ description: 'Take over the stamp that it carries, of a revoked key.' })),
            reason: optional(text({ maxLength: 1024 })),
            dryRun: optional(boolean()),
          },
          { description: 'Adopt a backup that carries no stamp that counts; needs the RBAC verb stamp.' },
        ),
      ),
      claim: optional(
        object(
          { dryRun: optional(boolean()) },
          { description: 'Link namespaces that were made anew to the group, on the word of an owner.' },
        ),
      ),
      points: optional(
        object({
          since: optional(time()),
          until: optional(time()),
          limit: optional(integer({ minimum: 1, maximum: 500 })),
        }),
      ),
      plan: optional(
        object({
          backup: text({ description: 'A recovery point of the group.' }),
          matchLabels: optional(stringMap({ maxProperties: 32, maxLength: 63, description: 'All must match.' })),
        }),
      ),
    }),
    grant: optional(text({ maxLength: MAX_GRANT_LENGTH, description: 'Grant of the source cluster.' })),
    prepare: optional(prepareSchema),
  },
  {
    rules: [
      { rule: 'self == oldSelf', message: 'an AccessRequest cannot change; make a new one' },
      {
        rule: '!has(self.wants.grant) || !self.wants.grant || has(self.publicKey)',
        message: 'a grant needs publicKey',
      },
      {
        rule: '!has(self.prepare) || (has(self.wants.grant) && self.wants.grant)',
        message: 'prepare is about the grant that is asked for',
      },
    ],
  },
);

/** A group of the requester's, as the cluster that was asked knows it. */
export const groupAnswerSchema = object({
  id: groupIdSchema,
  namespace: namespaceName(),
  name: text(),
  namespaces: namespaceRefsSchema,
  owners: ownersSchema,
  destinations: optional(destinationsSchema),
  ready: boolean(),
  message: optional(text({ minLength: 0, maxLength: 4096 })),
  points: optional(integer()),
  newestPoint: optional(object({ name: text(), time: time() })),
});
export type GroupAnswer = Static<typeof groupAnswerSchema>;

/** A recovery point in the cluster that was asked, and whether it can be used there now. */
export const pointAnswerSchema = object({
  backup: text(),
  source: clusterIdSchema,
  startTime: time(),
  completionTime: optional(time()),
  expiryTime: optional(time()),
  namespaces: list(namespaceName(), { maxItems: 128 }),
  phase: text({ maxLength: 63 }),
  usable: boolean(),
  code: optional(text({ maxLength: 64 })),
  message: optional(text({ minLength: 0, maxLength: 1024 })),
  /** Its stamp was made later, on the word of this operator. */
  adoptedBy: optional(text({ maxLength: 512 })),
});
export type PointAnswer = Static<typeof pointAnswerSchema>;

/** A Recovery of the requester's group. `name` is told only to who made it, since knowing it lets one read it. */
export const recoveryAnswerSchema = object({
  hash: text({ maxLength: 32 }),
  name: optional(text({ maxLength: 32 })),
  requester: text({ maxLength: 512 }),
  point: text(),
  creationTime: time(),
  succeeded: oneOf(['True', 'False', 'Unknown']),
  reason: text({ maxLength: 64 }),
  message: text({ minLength: 0, maxLength: 4096 }),
  progress: optional(recoveryProgressSchema),
  workloads: optional(object({ ready: integer(), total: integer() })),
});
export type RecoveryAnswer = Static<typeof recoveryAnswerSchema>;

/** What became of a backup that was to be adopted. */
export const stampAnswerSchema = object({
  backup: text(),
  outcome: oneOf(['Adopted', 'Reattested', 'StampedAlready']),
  groups: list(text({ maxLength: 317 }), { maxItems: 2000 }),
});
export type StampAnswer = Static<typeof stampAnswerSchema>;
const makerSchema = object({
  type: optional(text({ maxLength: 320, description: 'apiVersion/Kind; absent for a controller of the cluster.' })),
  name: text(),
});
/** What makes an object anew: another object of its namespace, or a controller. */
export type Maker = Static<typeof makerSchema>;

/** Why Velero passes an object by that has not ended. */
const SKIPPED = ['GeneratedToken', 'MirrorPod'] as const;

export const plannedObjectSchema = object({
  type: text({ maxLength: 320, description: 'apiVersion/Kind.' }),
  namespace: namespaceName({ description: 'Namespace in the recovery point.' }),
  name: text(),
  digest: optional(text({ maxLength: 80, description: 'Of what is compared; absent where it is not.' })),
  unscaled: optional(text({ maxLength: 80, description: 'The same without replicas, where an autoscaler sets them.' })),
  ended: optional(boolean({ description: 'A pod or job that had ended: Velero does not restore it.' })),
  skipped: optional(oneOf(SKIPPED, { description: 'Another reason for which Velero does not restore it.' })),
  maker: optional(makerSchema),
  unselected: optional(boolean({ description: 'Its labels do not match.' })),
  hooks: optional(list(text(), { maxItems: 16, description: 'Annotations by which Velero runs commands in the pod.' })),
  storage: optional(text({ maxLength: 64, description: 'What a claim asks for.' })),
});
/** An object of a recovery point, with what a plan needs to know of it; never with its content. */
export type PlannedObject = Static<typeof plannedObjectSchema>;

/** Most objects that one answer lists; a stored object of Kubernetes is limited to about 1.5 MB. */
export const MAX_PLANNED_OBJECTS = 4_000;

const planAnswerSchema = object({
  backup: text(),
  objects: list(plannedObjectSchema, { maxItems: MAX_PLANNED_OBJECTS }),
  unlisted: optional(integer({ description: 'Objects that the answer has no room for.' })),
  contentsRead: boolean({ description: 'Else only names are known: nothing is compared or selected by labels.' }),
  absent: optional(list(namespaceName(), { maxItems: 128, description: 'Those of its namespaces that are not here.' })),
});
/** What a recovery point holds of the namespaces of a group. */
export type PlanAnswer = Static<typeof planAnswerSchema>;

/** The group that was claimed, and the namespaces that are its own now. */
export const claimAnswerSchema = object({
  id: groupIdSchema,
  namespace: namespaceName(),
  name: text(),
  namespaces: list(namespaceName(), { maxItems: 128 }),
});
export type ClaimAnswer = Static<typeof claimAnswerSchema>;

const statusSchema = object({
  cluster: optional(clusterSchema),
  stamp: optional(stampAnswerSchema),
  claim: optional(claimAnswerSchema),
  grant: optional(text({ maxLength: MAX_GRANT_LENGTH })),
  group: optional(groupAnswerSchema),
  groups: optional(list(groupAnswerSchema, { maxItems: 500 })),
  points: optional(list(pointAnswerSchema, { maxItems: 500 })),
  recoveries: optional(list(recoveryAnswerSchema, { maxItems: 100 })),
  plan: optional(planAnswerSchema),
  warnings: optional(
    list(text({ maxLength: 1024 }), { maxItems: 16, description: 'What may keep a recovery from going on here now.' }),
  ),
  conditions: optional(conditionsSchema),
});

export type AccessRequestSpec = Static<typeof specSchema>;
export type AccessRequestStatus = Static<typeof statusSchema>;
export type AccessRequest = CustomResource<'AccessRequest', AccessRequestSpec, AccessRequestStatus>;

/** Condition `Answered`: True with the answer, False with a code as reason and the refusal as message. */
export const ANSWERED = 'Answered';

export const accessRequestKind: KindDefinition = {
  kind: 'AccessRequest',
  plural: 'accessrequests',
  singular: 'accessrequest',
  shortNames: ['areq'],
  scope: 'Namespaced',
  description: 'Asks the catalogue for a grant, for recovery points, for groups; gone after an hour.',
  spec: specSchema,
  status: statusSchema,
  columns: [
    { name: 'Group', type: 'string', jsonPath: '.spec.group' },
    { name: 'Requester', type: 'string', jsonPath: '.spec.requester.username' },
    { name: 'Answered', type: 'string', jsonPath: '.status.conditions[?(@.type=="Answered")].status' },
    { name: 'Reason', type: 'string', jsonPath: '.status.conditions[?(@.type=="Answered")].reason', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  rules: [
    {
      rule: `self.metadata.name.matches('${RANDOM_NAME_PATTERN}')`,
      message: 'the name must be 128 random bits in hex, so that nobody else can guess it',
    },
  ],
};
