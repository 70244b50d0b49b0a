import type { Static } from 'typebox';
import { MAX_PREPARED_LIFE_SECONDS } from '../prepared-life.ts';
import { boolean, integer, list, object, oneOf, optional, stringMap, text } from '../schema.ts';
import { clusterIdSchema } from './group-parts.ts';
import type { KindDefinition } from './kind-definition.ts';
import type { CustomResource } from './object-meta.ts';

const specSchema = object({
  match: optional(
    object(
      {
        groups: optional(
          list(text({ maxLength: 317 }), {
            maxItems: 256,
            description: 'Groups as namespace/name, exact or ending in * for a prefix. Absent: all.',
          }),
        ),
        sourceClusters: optional(
          list(clusterIdSchema, { maxItems: 64, description: 'Cluster IDs that points may come from. Absent: all.' }),
        ),
      },
      { description: 'Which recoveries this policy judges; all of them if absent.' },
    ),
  ),
  newNamespaces: object(
    {
      sameName: boolean({ description: 'A namespace of the point may be made again under its own name.' }),
      groupPrefix: boolean({ description: 'Names that begin with the group name and a hyphen may be made.' }),
      names: optional(
        list(text({ maxLength: 64 }), {
          maxItems: 64,
          description: 'Further names that may be made, exact or ending in * for a prefix.',
        }),
      ),
      labels: optional(
        stringMap({
          maxProperties: 32,
          maxLength: 63,
          description:
            'Labels that they are made with, such as pod-security.kubernetes.io/enforce; none of the backup.',
        }),
      ),
    },
    { description: 'Which absent namespaces may be made as targets, and what they carry.' },
  ),
  protectedNamespaces: optional(
    list(text({ maxLength: 64 }), {
      maxItems: 256,
      description: 'Namespaces that are never claimed and never a target, exact or ending in * for a prefix.',
    }),
  ),
  locations: optional(
    list(text({ maxLength: 253 }), {
      maxItems: 64,
      set: true,
      description: 'Names of the storage locations that points may lie in. Absent: all.',
    }),
  ),
  existingResources: list(oneOf(['Keep', 'Update']), { maxItems: 2, set: true }),
  volumes: list(oneOf(['Restore', 'Skip']), { maxItems: 2, set: true }),
  partiallyFailedPoints: oneOf(['WhenOwnNamespacesClean', 'Never']),
  preparedGrants: optional(
    object(
      {
        maxLifeSeconds: integer({ minimum: 60, maximum: MAX_PREPARED_LIFE_SECONDS }),
        destinations: list(oneOf(['Cluster', 'Place']), {
          maxItems: 2,
          set: true,
          description: 'Cluster: by its ID. Place: any cluster of a cloud and region, for one that is not made yet.',
        }),
      },
      { description: 'Proofs that are given for a later day; asked of source and destination. Absent: none.' },
    ),
  ),
  adoptedPoints: optional(
    oneOf(['Allow', 'Never'], {
      description: 'Points whose stamp an operator made afterwards, with kubectl recover stamp. Absent: Never.',
    }),
  ),
  maxPointAgeSeconds: optional(integer({ minimum: 60 })),
  reasonPattern: optional(
    text({
      maxLength: 256,
      description: 'Regular expression that the whole reason must match; a reason is needed then.',
    }),
  ),
});

export type RecoveryPolicySpec = Static<typeof specSchema>;
export type RecoveryPolicy = CustomResource<'RecoveryPolicy', RecoveryPolicySpec, never>;

export const recoveryPolicyKind: KindDefinition = {
  kind: 'RecoveryPolicy',
  plural: 'recoverypolicies',
  singular: 'recoverypolicy',
  shortNames: ['rcvp'],
  scope: 'Cluster',
  description: 'What recoveries a cluster allows. All that match must allow; where none matches, it is refused.',
  spec: specSchema,
  columns: [
    { name: 'Existing', type: 'string', jsonPath: '.spec.existingResources' },
    { name: 'Volumes', type: 'string', jsonPath: '.spec.volumes' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
};
