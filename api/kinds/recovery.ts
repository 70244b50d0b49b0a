import Type, { type Static } from 'typebox';
import { CHECKS, type Code } from '../codes.ts';
import { RANDOM_NAME_PATTERN } from '../names.ts';
import { boolean, integer, list, namespaceName, object, oneOf, optional, stringMap, text, time } from '../schema.ts';
import { conditionsSchema } from './condition.ts';
import { groupIdSchema } from './group-parts.ts';
import type { KindDefinition } from './kind-definition.ts';
import type { CustomResource } from './object-meta.ts';
import { requesterSchema } from './requester.ts';

/** Largest access token in characters: a grant and the few claims around it. */
export const MAX_ACCESS_TOKEN_LENGTH = 98_304;

/** Longest time a Recovery waits for workloads, in seconds, unless it says otherwise. */
export const DEFAULT_WORKLOAD_TIMEOUT_SECONDS = 600;

const resourceNames = (description: string) =>
  list(text({ maxLength: 317, pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$' }), {
    maxItems: 256,
    set: true,
    description,
  });

export const restoreChoiceSchema = object(
  {
    namespaceMapping: optional(stringMap({ maxProperties: 128, maxLength: 63, description: 'From: to.' })),
    includedResources: optional(resourceNames('Exact resource.group names, no globs.')),
    excludedResources: optional(resourceNames('Exact resource.group names, no globs.')),
    labelSelector: optional(
      object({ matchLabels: stringMap({ maxProperties: 32, maxLength: 63, description: 'All must match.' }) }),
    ),
    volumes: oneOf(['Restore', 'Skip']),
    existingResources: oneOf(['Keep', 'Update']),
  },
  { description: 'What to restore and how; the whole group unless told otherwise.' },
);

/** What the owner chose; the access token carries its digest, and Velero's spec is computed from it. */
export type RestoreChoice = Static<typeof restoreChoiceSchema>;

const specSchema = object(
  {
    requester: optional(requesterSchema),
    accessToken: text({ maxLength: MAX_ACCESS_TOKEN_LENGTH }),
    restore: restoreChoiceSchema,
    reason: optional(text({ maxLength: 1024 })),
    workloadTimeoutSeconds: optional(
      integer({ minimum: 0, maximum: 86_400, description: 'How long to wait for workloads; 600 unless told.' }),
    ),
  },
  { rules: [{ rule: 'self == oldSelf', message: 'a Recovery cannot change; make a new one' }] },
);

export const checkResultSchema = object({
  check: oneOf(CHECKS),
  outcome: oneOf(['Passed', 'Failed', 'NotRun']),
  code: optional(Type.Unsafe<Code>({ type: 'string', maxLength: 64 })),
  message: optional(text({ minLength: 0, maxLength: 2048 })),
  mend: optional(text({ minLength: 0, maxLength: 2048 })),
});

/** Outcome of one check; a check that failed more than once has one entry for each failure. */
export type CheckResult = Static<typeof checkResultSchema>;

export const recoveryTargetSchema = object({
  source: namespaceName({ description: 'Namespace in the recovery point.' }),
  name: namespaceName({ description: 'Namespace it is recovered into.' }),
  uid: optional(text({ maxLength: 64 })),
  reserved: boolean({ description: 'The namespace was absent and is made for this Recovery.' }),
});
export type RecoveryTarget = Static<typeof recoveryTargetSchema>;

const workloadSchema = object({
  kind: text({ maxLength: 63 }),
  namespace: namespaceName(),
  name: text(),
  ready: optional(integer({ description: 'Replicas that are ready.' })),
  wanted: optional(integer({ description: 'Replicas that are asked for.' })),
});
/** A workload that has not come up, and how far it is. */
export type WaitingWorkload = Static<typeof workloadSchema>;

const volumeProgressSchema = object(
  {
    completed: integer(),
    failed: integer(),
    total: integer({ description: 'Those that Velero has come to so far.' }),
    bytesDone: integer(),
    totalBytes: integer(),
  },
  { description: 'Volumes whose data Velero moves; those of snapshots that stay in their storage are not among them.' },
);
export type VolumeProgress = Static<typeof volumeProgressSchema>;

export const recoveryProgressSchema = object({
  phase: text({ maxLength: 63 }),
  itemsRestored: integer(),
  totalItems: integer(),
  ahead: optional(integer({ description: 'Restores that Velero ends first: it runs one at a time.' })),
  volumes: optional(volumeProgressSchema),
  updateTime: optional(time({ description: 'When these figures, and those of workloads, were written.' })),
});

/** So many errors of Velero are kept, and of each so much. */
export const MAX_FAILURES = 20;
export const MAX_FAILURE_LENGTH = 512;

const statusSchema = object({
  checks: optional(list(checkResultSchema, { maxItems: 128 })),
  validationDigest: optional(text({ maxLength: 80 })),
  groupID: optional(groupIdSchema),
  point: optional(
    object({ backup: text(), namespace: namespaceName(), source: text({ maxLength: 64 }), startTime: time() }),
  ),
  targets: optional(list(recoveryTargetSchema, { maxItems: 128 })),
  recoveryToken: optional(text({ maxLength: 32_768 })),
  restoreRef: optional(object({ namespace: namespaceName(), name: text() })),
  admission: optional(object({ restoreUID: text({ maxLength: 64 }), time: time(), stored: boolean() })),
  progress: optional(recoveryProgressSchema),
  results: optional(
    object({
      warnings: integer(),
      errors: integer(),
      failureReason: optional(text({ minLength: 0, maxLength: 4096 })),
      failures: optional(
        list(text({ minLength: 0, maxLength: MAX_FAILURE_LENGTH }), {
          maxItems: MAX_FAILURES,
          description: 'The first errors, as Velero tells them.',
        }),
      ),
    }),
  ),
  workloads: optional(object({ ready: integer(), total: integer(), notReady: list(workloadSchema, { maxItems: 50 }) })),
  restoreCompletionTime: optional(time()),
  conditions: optional(conditionsSchema),
});

export type RecoverySpec = Static<typeof specSchema>;
export type RecoveryStatus = Static<typeof statusSchema>;
export type Recovery = CustomResource<'Recovery', RecoverySpec, RecoveryStatus>;

/** Condition types of a Recovery, in the order in which they become True. */
export const RECOVERY_CONDITIONS = {
  validated: 'Validated',
  tokenIssued: 'TokenIssued',
  admitted: 'Admitted',
  succeeded: 'Succeeded',
} as const;

export const recoveryKind: KindDefinition = {
  kind: 'Recovery',
  plural: 'recoveries',
  singular: 'recovery',
  shortNames: ['rcv'],
  scope: 'Namespaced',
  description: 'The registration of a recovery, its validation, its token and what came of it.',
  spec: specSchema,
  status: statusSchema,
  columns: [
    { name: 'Requester', type: 'string', jsonPath: '.spec.requester.username' },
    { name: 'Point', type: 'string', jsonPath: '.status.point.backup' },
    { name: 'Admitted', type: 'string', jsonPath: '.status.conditions[?(@.type=="Admitted")].status' },
    { name: 'Succeeded', type: 'string', jsonPath: '.status.conditions[?(@.type=="Succeeded")].status' },
    { name: 'Reason', type: 'string', jsonPath: '.status.conditions[?(@.type=="Succeeded")].reason' },
    { name: 'Items', type: 'integer', jsonPath: '.status.progress.itemsRestored', priority: 1 },
    { name: 'Volumes', type: 'integer', jsonPath: '.status.progress.volumes.completed', priority: 1 },
    { name: 'Workloads', type: 'integer', jsonPath: '.status.workloads.ready', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  rules: [
    {
      rule: `self.metadata.name.matches('${RANDOM_NAME_PATTERN}')`,
      message: 'the name must be derived from the access token, as the plugin does',
    },
  ],
};
