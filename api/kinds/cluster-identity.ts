import type { Static } from 'typebox';
import { integer, list, namespaceName, object, oneOf, optional, text, time } from '../schema.ts';
import { conditionsSchema } from './condition.ts';
import { clusterIdSchema } from './group-parts.ts';
import { publicJwkSchema } from './jwk.ts';
import type { KindDefinition } from './kind-definition.ts';
import type { CustomResource } from './object-meta.ts';

/** A public key of a cluster: what it may sign, and whether it still counts. */
export const clusterKeySchema = object({
  kid: text({ minLength: 43, maxLength: 43, pattern: '^[A-Za-z0-9_-]{43}$' }),
  use: oneOf(['Grant', 'Stamp']),
  state: oneOf(['Announced', 'Active', 'Retired', 'Revoked'], {
    description: 'Announced: will sign. Active: signs. Retired: what it signed counts. Revoked: nothing of it counts.',
  }),
  jwk: publicJwkSchema,
  since: optional(time({ description: 'When it was made.' })),
  revoked: optional(object({ reason: text({ maxLength: 1024 }), since: time() })),
});

export type ClusterKey = Static<typeof clusterKeySchema>;

/** A key that a key before it has announced. */
const successorSchema = object({
  kid: text({ minLength: 43, maxLength: 43 }),
  use: oneOf(['Grant', 'Stamp']),
  jwk: publicJwkSchema,
  predecessor: text({ minLength: 43, maxLength: 43 }),
  since: time({ description: 'When it was seen here first.' }),
});

export type Successor = Static<typeof successorSchema>;

export const veleroInstallationSchema = object({ namespace: namespaceName(), serviceAccount: namespaceName() });
export type VeleroInstallation = Static<typeof veleroInstallationSchema>;

const trustedNames = (what: string) =>
  list(text({ maxLength: 512 }), { maxItems: 256, description: `${what}, exact or ending in * for a prefix.` });

/** What an operator decides of a cluster. */
export const clusterIdentitySpecSchema = object(
  {
    clusterID: optional(clusterIdSchema),
    cloud: optional(text({ maxLength: 63, description: 'For self: declared, where nodes do not tell.' })),
    region: optional(text({ maxLength: 63, description: 'For self: declared, where nodes do not tell.' })),
    keys: optional(
      list(clusterKeySchema, {
        maxItems: 64,
        mapKeys: ['kid'],
        description: 'Of a peer: its keys. For self: keys from before a re-installation, and those that count no more.',
      }),
    ),
    identityTrust: optional(
      object(
        {
          users: optional(trustedNames('Users that mean the same person in both clusters')),
          groups: optional(trustedNames('Groups that mean the same people in both clusters')),
        },
        { description: 'Which names of the peer mean the same here. ServiceAccounts and system:* never do.' },
      ),
    ),
    speaksFor: optional(
      list(clusterIdSchema, {
        maxItems: 64,
        set: true,
        description:
          'Of a peer: clusters whose groups it took over, so that its grants and stamps of them count here. May name this cluster itself.',
      }),
    ),
    velero: optional(
      list(veleroInstallationSchema, {
        maxItems: 16,
        description: 'For self: the Velero installations that the operator confirmed.',
      }),
    ),
    lost: optional(object({ reason: text({ maxLength: 1024 }), since: time() })),
    succession: optional(
      oneOf(['Accept', 'Pin'], {
        description:
          'Of a peer: whether a key that one of its keys announces counts too, or only those above. Absent: Accept.',
      }),
    ),
    keyRotation: optional(
      object(
        {
          requestedAt: time(),
          uses: list(oneOf(['Grant', 'Stamp', 'Admission']), { maxItems: 3, minItems: 1, set: true }),
          overlapSeconds: integer({
            maximum: 2_592_000,
            description: 'How long a new key is announced before it signs, so that peers know it by then.',
          }),
        },
        { description: 'For self: every key of these uses that is older than the request is followed by a new one.' },
      ),
    ),
  },
  { description: 'What an operator decides of this cluster (self) or of a peer.' },
);

const statusSchema = object({
  clusterID: optional(clusterIdSchema),
  cloud: optional(text({ maxLength: 63 })),
  region: optional(text({ maxLength: 63 })),
  placeFrom: optional(oneOf(['Nodes', 'Declared'], { description: 'Who says cloud and region.' })),
  keys: optional(list(clusterKeySchema, { maxItems: 64, mapKeys: ['kid'] })),
  successors: optional(
    list(successorSchema, {
      maxItems: 64,
      mapKeys: ['kid'],
      description: 'Of a peer: keys that its keys have announced, as seen beside the stamps of its backups.',
    }),
  ),
  version: optional(text({ maxLength: 64 })),
  mode: optional(oneOf(['Audit', 'Enforce', 'Unknown'])),
  conditions: optional(conditionsSchema),
});

/** Condition of `self`: whether cloud and region are known; its message lists nodes that disagree. */
export const PLACE_KNOWN = 'PlaceKnown';

export type ClusterIdentity = CustomResource<
  'ClusterIdentity',
  Static<typeof clusterIdentitySpecSchema>,
  Static<typeof statusSchema>
>;

export const clusterIdentityKind: KindDefinition = {
  kind: 'ClusterIdentity',
  plural: 'clusteridentities',
  singular: 'clusteridentity',
  shortNames: ['clid'],
  scope: 'Cluster',
  description: 'This cluster (self), or a peer whose grants and stamps are trusted here.',
  spec: clusterIdentitySpecSchema,
  status: statusSchema,
  columns: [
    { name: 'Cluster ID', type: 'string', jsonPath: '.status.clusterID' },
    { name: 'Peer ID', type: 'string', jsonPath: '.spec.clusterID' },
    { name: 'Mode', type: 'string', jsonPath: '.status.mode' },
    { name: 'Lost', type: 'date', jsonPath: '.spec.lost.since', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  rules: [
    {
      rule: "self.metadata.name == 'self' ? !has(self.spec.clusterID) && (!has(self.spec.keys) || self.spec.keys.all(key, key.state in ['Retired', 'Revoked'])) && !has(self.spec.lost) && !has(self.spec.succession) && !has(self.spec.identityTrust) && !has(self.spec.speaksFor) : has(self.spec.clusterID) && has(self.spec.keys) && !has(self.spec.velero) && !has(self.spec.keyRotation)",
      message:
        'self has neither clusterID, lost, succession, identityTrust nor speaksFor, and keys only Retired or Revoked; a peer has clusterID and keys, and neither velero nor keyRotation',
    },
    {
      rule: '!has(oldSelf.spec.clusterID) || (has(self.spec.clusterID) && self.spec.clusterID == oldSelf.spec.clusterID)',
      message:
        'spec.clusterID does not change: another cluster has another ClusterIdentity, or its backups would count no more',
    },
  ],
};
