import { generateKeyPairSync } from 'node:crypto';
import type { Static } from 'typebox';
import { publicJwkSchema } from '../../api/kinds/jwk.ts';
import type { Stored } from '../../api/kinds/object-meta.ts';
import type { Secret } from '../../api/kubernetes/core-types.ts';
import { CATALOGUE_NAMESPACE } from '../../api/names.ts';
import { parserOf } from '../../api/parse.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { list, object, oneOf, optional, text, time } from '../../api/schema.ts';
import { type SigningKey, signingKeyOf } from '../../api/tokens/sign-token.ts';
import { type KeyRing, MAX_RETIRED } from './key-ring.ts';
import type { KeyUse } from './key-use.ts';

const member = () => text({ minLength: 43, maxLength: 43 });
const privateJwkSchema = object({
  kty: oneOf(['EC']),
  crv: oneOf(['P-256']),
  x: member(),
  y: member(),
  d: member(),
});
const parsePrivateJwk = parserOf(privateJwkSchema, 'the key Secret', 'InternalError');

const recordSchema = object({
  created: time(),
  next: optional(object({ created: time(), signsFrom: time() })),
  retired: list(object({ kid: member(), jwk: publicJwkSchema, created: time(), retired: time() }), {
    maxItems: MAX_RETIRED,
  }),
  statements: list(text({ maxLength: 2048 }), { maxItems: 64 }),
});
const parseRecord = parserOf(recordSchema, 'the key Secret', 'InternalError');

/** What a key Secret says of its keys beside the private halves. */
export type KeyRecord = Static<typeof recordSchema>;

/** Fields of the Secret: the key that signs, the one that will, and what is known of all of them. */
const FIELDS = { signing: 'private.jwk', next: 'next.jwk', record: 'keys.json' } as const;

export const secretName = (use: KeyUse): string => `${use}-key`;

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64');

/** A key that nobody else has seen: as it is stored, and as it signs. */
export interface NewKey {
  /** Base64 of its private JWK. */
  readonly stored: string;
  readonly key: SigningKey;
}

export const generateKey = async (): Promise<NewKey> => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = parsePrivateJwk(privateKey.export({ format: 'jwk' }));
  return { stored: encode(jwk), key: await signingKeyOf(jwk) };
};

export const newSecret = ({ stored }: NewKey, use: KeyUse, now: Date): Secret => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: {
    name: secretName(use),
    namespace: CATALOGUE_NAMESPACE,
    // Private keys must never reach the bucket.
    labels: { 'velero.io/exclude-from-backup': 'true', 'app.kubernetes.io/part-of': 'kubectl-recover' },
  },
  type: 'kubectl-recover.io/signing-key',
  data: {
    [FIELDS.signing]: stored,
    [FIELDS.record]: encode({ created: now.toISOString(), retired: [], statements: [] } satisfies KeyRecord),
  },
});

const decode = (secret: Secret, field: string): unknown =>
  JSON.parse(Buffer.from(secret.data?.[field] ?? '', 'base64').toString('utf8'));

const readKey = async (secret: Secret, field: string): Promise<SigningKey> => {
  try {
    return await signingKeyOf(parsePrivateJwk(decode(secret, field)));
  } catch {
    // No cause: an error of JSON.parse quotes what it read, and this is a private key.
    const { namespace, name } = secret.metadata;
    throw new RecoverError({
      code: 'InternalError',
      message: `Secret "${namespace}/${name}" holds no private key in "${field}"`,
      mend: 'an operator brings it back from where it is kept; deleting it makes a new key, and what the old one signed counts no more',
    });
  }
};

/** A Secret of a version that knew no rotation has no record. */
const readRecord = (secret: Stored<Secret>): KeyRecord =>
  secret.data?.[FIELDS.record] === undefined
    ? { created: secret.metadata.creationTimestamp, retired: [], statements: [] }
    : parseRecord(decode(secret, FIELDS.record));

/** @throws RecoverError `InternalError` for a Secret that holds no key */
export const readRing = async (secret: Stored<Secret>): Promise<KeyRing> => {
  const signing = await readKey(secret, FIELDS.signing);
  const { next, ...record } = readRecord(secret);
  return {
    signing,
    ...record,
    ...(next === undefined ? {} : { next: { key: await readKey(secret, FIELDS.next), ...next } }),
  };
};

export const recordOf = ({ created, next, retired, statements }: KeyRing): KeyRecord => ({
  created,
  retired: [...retired],
  statements: [...statements],
  ...(next === undefined ? {} : { next: { created: next.created, signsFrom: next.signsFrom } }),
});

/** Which private halves the Secret is to hold; `kept` is as it was. */
export interface PrivateHalves {
  readonly signing: 'kept' | 'next' | NewKey;
  readonly next: 'kept' | 'none' | NewKey;
}

/** The Secret with other keys in it, against the version that was read. */
export const withKeys = (secret: Stored<Secret>, halves: PrivateHalves, record: KeyRecord): Stored<Secret> => {
  const { [FIELDS.signing]: signing = '', [FIELDS.next]: next = '', ...others } = secret.data ?? {};
  const stored = (half: NewKey | 'kept' | 'next' | 'none', kept: string): string => {
    if (typeof half === 'object') return half.stored;
    if (half === 'kept') return kept;
    return half === 'next' ? next : '';
  };
  const nextHalf = stored(halves.next, next);
  return {
    ...secret,
    data: {
      ...others,
      [FIELDS.signing]: stored(halves.signing, signing),
      ...(nextHalf === '' ? {} : { [FIELDS.next]: nextHalf }),
      [FIELDS.record]: encode(record),
    },
  };
};
