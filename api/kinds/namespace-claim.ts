import type { Static } from 'typebox';
import { namespaceName, object, text } from '../schema.ts';
import { groupIdSchema } from './group-parts.ts';
import type { KindDefinition } from './kind-definition.ts';
import type { CustomResource } from './object-meta.ts';

const specSchema = object(
  {
    namespace: namespaceName(),
    groupID: groupIdSchema,
    group: object({ namespace: namespaceName(), name: text() }),
  },
  {
    description: 'Which group holds the namespace whose UID is the name of this object.',
    // `namespace` is a reserved word of CEL; Kubernetes escapes it so.
    rules: [{ rule: 'self.__namespace__ == oldSelf.__namespace__', message: 'namespace cannot change' }],
  },
);

export type NamespaceClaim = CustomResource<'NamespaceClaim', Static<typeof specSchema>, never>;

/** Named by the namespace's UID, so that creating it is the lock. Stays when the group goes, as its tombstone. */
export const namespaceClaimKind: KindDefinition = {
  kind: 'NamespaceClaim',
  plural: 'namespaceclaims',
  singular: 'namespaceclaim',
  shortNames: ['nsclaim'],
  scope: 'Cluster',
  description: 'Which application group holds a namespace; written by the catalogue only.',
  spec: specSchema,
  columns: [
    { name: 'Namespace', type: 'string', jsonPath: '.spec.namespace' },
    { name: 'Group', type: 'string', jsonPath: '.spec.group.name' },
    { name: 'Home', type: 'string', jsonPath: '.spec.group.namespace' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
};
