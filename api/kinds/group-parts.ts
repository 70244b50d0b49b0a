import type { Static } from 'typebox';
import { list, namespaceName, object, oneOf, optional, text } from '../schema.ts';

/** Parts of an application group that its object, its tokens and stamps share. */

export const clusterIdSchema = text({ maxLength: 64, pattern: '^[0-9a-f-]{36}$' });
export const groupIdSchema = text({ maxLength: 128, pattern: '^[0-9a-f-]{36}/[0-9a-f-]{36}$' });
const uidSchema = text({ maxLength: 64, pattern: '^[0-9a-f-]{36}$' });

export const ownerSchema = object(
  {
    kind: oneOf(['User', 'Group', 'ServiceAccount']),
    name: text({ maxLength: 512 }),
    namespace: optional(namespaceName({ description: 'Of a ServiceAccount; only there.' })),
  },
  {
    rules: [
      {
        rule: "(self.kind == 'ServiceAccount') == has(self.__namespace__)",
        message: 'namespace belongs to owners of kind ServiceAccount, and they need it',
      },
      { rule: "!self.name.startsWith('system:')", message: 'names that begin with system: cannot own a group' },
    ],
  },
);

export type Owner = Static<typeof ownerSchema>;

export const namespaceRefSchema = object({ name: namespaceName(), uid: uidSchema });
export type NamespaceRef = Static<typeof namespaceRefSchema>;

/** Where owners let their data go: one cluster, or any cluster of a cloud and region. */
export const destinationSchema = object(
  {
    clusterID: optional(clusterIdSchema),
    cloud: optional(text({ maxLength: 63 })),
    region: optional(text({ maxLength: 63 })),
  },
  {
    rules: [
      {
        rule: 'has(self.clusterID) ? !has(self.cloud) && !has(self.region) : has(self.cloud) && has(self.region)',
        message: 'a destination is either a clusterID or a cloud with a region',
      },
    ],
  },
);

export type Destination = Static<typeof destinationSchema>;

export const clusterSchema = object({
  id: clusterIdSchema,
  cloud: optional(text({ maxLength: 63 })),
  region: optional(text({ maxLength: 63 })),
});

/** A cluster as tokens and answers name it: `id` is the UID of its namespace `kube-system`. */
export type Cluster = Static<typeof clusterSchema>;

export const ownersSchema = list(ownerSchema, { maxItems: 64, minItems: 1 });
export const namespaceRefsSchema = list(namespaceRefSchema, { maxItems: 128 });
export const destinationsSchema = list(destinationSchema, { maxItems: 64 });
