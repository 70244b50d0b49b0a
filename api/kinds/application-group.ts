import type { Static } from 'typebox';
import { integer, list, namespaceName, object, optional, text, time } from '../schema.ts';
import { conditionsSchema } from './condition.ts';
import { destinationsSchema, groupIdSchema, namespaceRefsSchema, ownersSchema } from './group-parts.ts';
import type { KindDefinition } from './kind-definition.ts';
import type { CustomResource } from './object-meta.ts';

const specSchema = object({
  namespaces: list(namespaceName(), {
    maxItems: 128,
    minItems: 1,
    set: true,
    description: 'Namespaces of the application. The requester must be admin of each.',
  }),
  owners: ownersSchema,
  destinations: optional(destinationsSchema),
});

const statusSchema = object({
  groupID: optional(groupIdSchema),
  namespaces: optional(namespaceRefsSchema),
  newestPoint: optional(object({ name: text(), time: time() })),
  points: optional(integer()),
  activeSince: optional(
    time({
      description: 'Since when this copy of the group is the active one, after a recovery from elsewhere or a claim.',
    }),
  ),
  observedGeneration: optional(integer()),
  conditions: optional(conditionsSchema),
});

export type ApplicationGroupSpec = Static<typeof specSchema>;
export type ApplicationGroupStatus = Static<typeof statusSchema>;
export type ApplicationGroup = CustomResource<'ApplicationGroup', ApplicationGroupSpec, ApplicationGroupStatus>;

/** Condition: another cluster holds the active copy of the group; this one grants nothing. */
export const ACTIVE_ELSEWHERE = 'ActiveElsewhere';

export const applicationGroupKind: KindDefinition = {
  kind: 'ApplicationGroup',
  plural: 'applicationgroups',
  singular: 'applicationgroup',
  shortNames: ['appgroup', 'ag'],
  scope: 'Namespaced',
  description: 'Namespaces of one owner that are recovered together.',
  spec: specSchema,
  status: statusSchema,
  columns: [
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    { name: 'Points', type: 'integer', jsonPath: '.status.points' },
    { name: 'Newest', type: 'date', jsonPath: '.status.newestPoint.time' },
    { name: 'Reason', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].reason', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
};
