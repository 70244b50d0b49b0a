import Type, { type Static, type TSchema } from 'typebox';
import { MAX_GRANT_LENGTH } from '../kinds/access-request.ts';
import { clusterIdSchema, clusterSchema, destinationSchema, groupIdSchema, ownerSchema } from '../kinds/group-parts.ts';
import { publicJwkSchema } from '../kinds/jwk.ts';
import { MAX_ACCESS_TOKEN_LENGTH } from '../kinds/recovery.ts';
import { MAX_PREPARED_LIFE_SECONDS } from '../prepared-life.ts';
import { list, namespaceName, object, oneOf, optional, text, time } from '../schema.ts';
import { claims, expiringClaims, registeredClaims, type TokenKind } from './token-kind.ts';

/** Lives of tokens, in seconds. A stamp lives as long as its backup. */
export const TOKEN_LIFE_SECONDS = {
  grant: 15 * 60,
  preparedGrant: MAX_PREPARED_LIFE_SECONDS,
  recovery: 10 * 60,
} as const;

/** Clocks of two clusters may differ by this much, in seconds. */
export const CLOCK_TOLERANCE_SECONDS = 30;

/**
 * As in our kinds, but with nothing beside: an object is pruned by the API server, a token by nobody. What a later version
 * says there may be a restriction, which is refused rather than ignored.
 */
const closed = <Properties extends Record<string, TSchema>>({ properties }: { readonly properties: Properties }) =>
  object(properties, { additionalProperties: false });
const cluster = closed(clusterSchema);
const owners = list(closed(ownerSchema), { maxItems: 64, minItems: 1 });
const destinations = list(closed(destinationSchema), { maxItems: 64 });

const uid = () => text({ maxLength: 64 });
/** A namespace as `[name, uid]`: stamps hold many of them and are bounded. */
const namespacePair = Type.Tuple([namespaceName(), uid()]);
const namespacePairs = list(namespacePair, { maxItems: 128 });
const digest = () => text({ minLength: 71, maxLength: 71, pattern: '^sha256:[0-9a-f]{64}$' });
const groupName = object(
  { id: groupIdSchema, namespace: namespaceName(), name: text() },
  { additionalProperties: false },
);
const confirmation = object({ jwk: publicJwkSchema }, { additionalProperties: false });

/** Since when the copy of the group that is told of is the active one; absent in its home, unless it came back. */
const activeSince = optional(time());

const stampContent = {
  ...registeredClaims,
  backup: object({ name: text(), startTime: time(), selection: digest() }, { additionalProperties: false }),
  /** For the record: Velero's sync gives a Backup a new UID and renames its location. */
  record: object({ uid: uid(), location: text() }, { additionalProperties: false }),
  cluster,
  groups: list(
    claims({
      id: groupIdSchema,
      namespace: namespaceName(),
      name: text(),
      namespaces: namespacePairs,
      owners,
      destinations: optional(destinations),
      activeSince,
    }),
    { maxItems: 2000, minItems: 1 },
  ),
};
const stampClaims = claims(stampContent);

/** What the source cluster signs onto a Backup when it begins: whose namespaces it holds. */
export type StampClaims = Static<typeof stampClaims>;
export type StampedGroup = StampClaims['groups'][number];
export const stampToken: TokenKind<typeof stampClaims> = {
  typ: 'backup-stamp+jwt',
  name: 'stamp',
  maxLength: 128 * 1024,
  claims: stampClaims,
};

const point = object({ backup: text(), source: clusterIdSchema }, { additionalProperties: false });

const preparedClaims = claims({
  /** `jti` of the one access token that it may be presented in. */
  accessTokenID: text({ maxLength: 128 }),
  point,
  destination: object(
    {
      cluster: optional(clusterIdSchema),
      cloud: optional(text({ maxLength: 63 })),
      region: optional(text({ maxLength: 63 })),
    },
    { additionalProperties: false },
  ),
  restoreDigest: digest(),
});

/** What a grant is bound to that is given for a later day. */
export type PreparedClaims = Static<typeof preparedClaims>;
const adoptedStampClaims = claims({
  ...stampContent,
  adoption: object(
    {
      /** From the content of the backup and the groups that live now; or a stamp of a revoked key, taken over. */
      kind: oneOf(['Adopted', 'Reattested']),
      by: text({ maxLength: 512 }),
      reason: optional(text({ maxLength: 1024 })),
      /** Digest of the stamp that is taken over, so that it vouches for no other. */
      stamp: optional(digest()),
    },
    { additionalProperties: false },
  ),
});

/**
 * What a cluster says afterwards, on the word of its operator, of a backup without a stamp that counts. It counts in
 * that cluster only: `iss` is who vouches, `cluster` whose backup it is.
 */
export type AdoptedStampClaims = Static<typeof adoptedStampClaims>;
export type Adoption = AdoptedStampClaims['adoption'];
export const adoptedStampToken: TokenKind<typeof adoptedStampClaims> = {
  typ: 'adopted-stamp+jwt',
  name: 'adopted stamp',
  maxLength: 96 * 1024,
  claims: adoptedStampClaims,
};

/** The ownership data of a group, for one user and the holder of one key. */
const ownershipClaims = {
  ...expiringClaims,
  sub: text({ maxLength: 512 }),
  cnf: confirmation,
  group: groupName,
  namespaces: namespacePairs,
  owners,
  destinations: optional(destinations),
  activeSince,
  /** Clusters whose stamps speak for the group, where the verifier's operator agrees. */
  lineage: list(clusterIdSchema, { maxItems: 16, minItems: 1 }),
  /** The source. */
  cluster,
  /** Lives longer than others, and is good for one access token only. */
  prepared: optional(preparedClaims),
};

const appGroupClaims = claims(ownershipClaims);

/** The grant where the group exists: its ownership data, bound to the holder's key. */
export type AppGroupClaims = Static<typeof appGroupClaims>;
export const appGroupToken: TokenKind<typeof appGroupClaims> = {
  typ: 'app-group+jwt',
  name: 'app-group token',
  maxLength: MAX_GRANT_LENGTH,
  claims: appGroupClaims,
};

const sourceClusterClaims = claims({
  ...ownershipClaims,
  /** The newest stamp of the group, which the ownership data is of. */
  stamp: object({ jti: text({ maxLength: 128 }), startTime: time() }, { additionalProperties: false }),
  /** The source, which lives, has seen that the group is gone. Either this or `lost`. */
  absent: optional(object({ observedAt: time() }, { additionalProperties: false })),
  /** The destination, which signs this itself, was told that the source is lost. */
  lost: optional(object({ since: time() }, { additionalProperties: false })),
});

/** The grant where there is no living group to ask: what its newest stamp says, bound to the holder's key. */
export type SourceClusterClaims = Static<typeof sourceClusterClaims>;
export const sourceClusterToken: TokenKind<typeof sourceClusterClaims> = {
  typ: 'source-cluster+jwt',
  name: 'source cluster token',
  maxLength: MAX_GRANT_LENGTH,
  claims: sourceClusterClaims,
};

const accessClaims = claims({
  ...expiringClaims,
  sub: text({ maxLength: 512 }),
  aud: text({ maxLength: 256 }),
  point,
  destination: object(
    {
      cluster: optional(clusterIdSchema),
      cloud: optional(text({ maxLength: 63 })),
      region: optional(text({ maxLength: 63 })),
      clusterUnavailable: optional(text({ maxLength: 512 })),
    },
    { additionalProperties: false },
  ),
  restoreDigest: digest(),
  grant: text({ maxLength: MAX_GRANT_LENGTH }),
});

/** What the plugin signs: this point, to that destination, on the strength of the grant inside. */
export type AccessClaims = Static<typeof accessClaims>;
export const accessToken: TokenKind<typeof accessClaims> = {
  typ: 'recovery-access+jwt',
  name: 'access token',
  maxLength: MAX_ACCESS_TOKEN_LENGTH,
  claims: accessClaims,
};

const recoveryClaims = claims({
  ...expiringClaims,
  sub: text({ maxLength: 512 }),
  aud: text({ maxLength: 256 }),
  groupID: groupIdSchema,
  point: object({ backup: text(), uid: uid(), location: text() }, { additionalProperties: false }),
  targets: namespacePairs,
  restore: object({ namespace: namespaceName(), name: text(), specDigest: digest() }, { additionalProperties: false }),
  validationDigest: digest(),
  approvals: list(text({ maxLength: 64 }), { maxItems: 32 }),
});

/** What the destination's catalogue signs after validation; good for one Restore. `jti` is the Recovery's UID. */
export type RecoveryClaims = Static<typeof recoveryClaims>;
export const recoveryToken: TokenKind<typeof recoveryClaims> = {
  typ: 'recovery+jwt',
  name: 'recovery token',
  maxLength: 32 * 1024,
  claims: recoveryClaims,
};

const successionClaims = claims({
  ...registeredClaims,
  use: oneOf(['Grant', 'Stamp']),
  /** Name of the key before it, which signs this. */
  predecessor: text({ minLength: 43, maxLength: 43 }),
  /** The key that will sign. */
  jwk: publicJwkSchema,
});

/** What a key of a cluster says of the one after it; it travels beside the stamps. */
export type SuccessionClaims = Static<typeof successionClaims>;
export const successionToken: TokenKind<typeof successionClaims> = {
  typ: 'key-succession+jwt',
  name: 'succession statement',
  maxLength: 2048,
  claims: successionClaims,
};
