import type { ClusterIdentity } from '../../api/kinds/cluster-identity.ts';
import type { Stored } from '../../api/kinds/object-meta.ts';
import type { Secret } from '../../api/kubernetes/core-types.ts';
import type { SigningKey } from '../../api/tokens/sign-token.ts';
import { type KeyRing, MAX_RETIRED, type RetiredKey } from './key-ring.ts';
import { generateKey, type PrivateHalves, recordOf, withKeys } from './key-secret.ts';
import { type KeyUse, USE_NAMES } from './key-use.ts';
import type { LoadedKeys } from './load-keys.ts';

export type KeyRotation = NonNullable<ClusterIdentity['spec']['keyRotation']>;

/** A replica that has not read the keys for this long vouches for none of them. */
export const KEYS_STALE_MS = 30_000;
/** The shortest overlap: longer than a replica trusts what it read, so that all know a key before it signs. */
export const MIN_OVERLAP_MS = 40_000;

/** How long a retired key is kept: longer than what it signed can live; for stamps, for ever. */
const KEEP_RETIRED_MS: Readonly<Record<KeyUse, number>> = {
  grant: 8 * 86_400_000,
  stamp: Number.POSITIVE_INFINITY,
  admission: 86_400_000,
};

/** So many successions travel with each backup; who has followed none of them is told by hand. */
export const MAX_STATEMENTS = 8;

export interface KeyAdvance {
  readonly use: KeyUse;
  readonly keys: LoadedKeys;
  /** What the operator has asked for last. */
  readonly rotation: KeyRotation | undefined;
  /** Names of keys of this cluster that count no more. */
  readonly revoked: ReadonlySet<string>;
  /** Signs the statement that announces a key; nothing for a use that no other cluster knows. */
  readonly announce: ((by: SigningKey, next: SigningKey) => Promise<string>) | undefined;
  readonly now: Date;
}

/** What is to become of the keys of one use: nothing, a Secret to be written, or that they cannot be rotated. */
export type KeyStep =
  | { readonly kind: 'none' }
  | { readonly kind: 'full' }
  | {
      readonly kind: 'announced' | 'hurried' | 'promoted' | 'replaced' | 'dropped';
      readonly kid: string;
      readonly secret: Stored<Secret>;
    };

/** A request is met by any key that was made since; so a file that is applied again asks for nothing. */
const due = ({ rotation, use }: KeyAdvance, created: string): KeyRotation | undefined =>
  rotation?.uses.includes(USE_NAMES[use]) && Date.parse(rotation.requestedAt) > Date.parse(created)
    ? rotation
    : undefined;

/** The clock of who asked may be ahead; a key must not look older than the request that made it. */
const creationOf = ({ requestedAt }: KeyRotation, now: Date): string =>
  new Date(Math.max(now.getTime(), Date.parse(requestedAt))).toISOString();

const signsFrom = ({ use, now }: KeyAdvance, rotation: KeyRotation): number => {
  // No other cluster ever sees the admission key: the replicas are all who must know it.
  const overlapMs = use === 'admission' ? 0 : rotation.overlapSeconds * 1000;
  return now.getTime() + Math.max(overlapMs, MIN_OVERLAP_MS);
};

const retire = ({ signing, created, retired }: KeyRing, { use, now }: KeyAdvance): RetiredKey[] => [
  ...retired.filter(key => now.getTime() - Date.parse(key.retired) < KEEP_RETIRED_MS[use]),
  { kid: signing.kid, jwk: signing.publicJwk, created, retired: now.toISOString() },
];

const written = (
  { keys }: KeyAdvance,
  kind: Exclude<KeyStep['kind'], 'none' | 'full'>,
  kid: string,
  halves: PrivateHalves,
  ring: KeyRing,
): KeyStep => ({ kind, kid, secret: withKeys(keys.secret, halves, recordOf(ring)) });

/** The key that signs is not to be trusted: another one signs at once, and nothing that the old one said is kept. */
const replace = async (advance: KeyAdvance): Promise<KeyStep> => {
  const { next: _, ...ring } = advance.keys.ring;
  const made = await generateKey();
  const halves = { signing: made, next: 'none' } as const;
  return written(advance, 'replaced', made.key.kid, halves, {
    ...ring,
    signing: made.key,
    created: advance.now.toISOString(),
    retired: retire(ring, advance),
    statements: [],
  });
};

const promote = (advance: KeyAdvance, next: NonNullable<KeyRing['next']>): KeyStep => {
  const { next: _, ...ring } = advance.keys.ring;
  return written(
    advance,
    'promoted',
    next.key.kid,
    { signing: 'next', next: 'none' },
    {
      ...ring,
      signing: next.key,
      created: next.created,
      retired: retire(ring, advance),
    },
  );
};

/** The next key was revoked before it ever signed: whatever was announced of it is not said any more. */
const drop = (advance: KeyAdvance, next: NonNullable<KeyRing['next']>): KeyStep => {
  const { next: _, ...ring } = advance.keys.ring;
  const statements = ring.statements.slice(0, -1);
  return written(
    advance,
    'dropped',
    next.key.kid,
    { signing: 'kept', next: 'none' },
    {
      ...ring,
      created: next.created,
      statements: advance.announce === undefined ? ring.statements : statements,
    },
  );
};

const announce = async (advance: KeyAdvance, rotation: KeyRotation): Promise<KeyStep> => {
  const { ring } = advance.keys;
  const made = await generateKey();
  const statement = await advance.announce?.(ring.signing, made.key);
  const from = new Date(signsFrom(advance, rotation)).toISOString();
  return written(
    advance,
    'announced',
    made.key.kid,
    { signing: 'kept', next: made },
    {
      ...ring,
      next: { key: made.key, created: creationOf(rotation, advance.now), signsFrom: from },
      statements: [...ring.statements, ...(statement === undefined ? [] : [statement])].slice(-MAX_STATEMENTS),
    },
  );
};

/** Asked again while the next key waits: it waits no longer than what is asked for now. */
const hurry = (advance: KeyAdvance, next: NonNullable<KeyRing['next']>, rotation: KeyRotation): KeyStep => {
  const sooner = Math.min(Date.parse(next.signsFrom), signsFrom(advance, rotation));
  return written(
    advance,
    'hurried',
    next.key.kid,
    { signing: 'kept', next: 'kept' },
    {
      ...advance.keys.ring,
      next: { ...next, created: creationOf(rotation, advance.now), signsFrom: new Date(sooner).toISOString() },
    },
  );
};

/**
 * The next step of a rotation. Each is one conditional write of one Secret, so of several replicas one takes it and
 * whoever dies in between has either taken it or not.
 */
export const advanceKeys = async (advance: KeyAdvance): Promise<KeyStep> => {
  const { ring } = advance.keys;
  const { next } = ring;
  if (advance.revoked.has(ring.signing.kid)) return replace(advance);
  if (next !== undefined) {
    if (advance.revoked.has(next.key.kid)) return drop(advance, next);
    const again = due(advance, next.created);
    if (again !== undefined) return hurry(advance, next, again);
    return Date.parse(next.signsFrom) <= advance.now.getTime() ? promote(advance, next) : { kind: 'none' };
  }
  const rotation = due(advance, ring.created);
  if (rotation === undefined) return { kind: 'none' };
  return retire(ring, advance).length > MAX_RETIRED ? { kind: 'full' } : announce(advance, rotation);
};
