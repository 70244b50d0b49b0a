import { createHash, randomBytes } from 'node:crypto';
import canonicalize from 'canonicalize';

/**
 * SHA-256 over the RFC 8785 canonical JSON of a value, as `sha256:` and 64 hex digits.
 * @throws TypeError for a value that JSON cannot hold.
 */
export const digestOf = (value: unknown): string => {
  const json = canonicalize(value);
  if (json === undefined) throw new TypeError('only JSON values have a digest');
  return `sha256:${createHash('sha256').update(json).digest('hex')}`;
};

const hex128 = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);

/** 128 random bits as 32 hex digits: the name of an AccessRequest, the `jti` of an access token. */
export const randomName = (): string => randomBytes(16).toString('hex');

/** Name of the Recovery that registers an access token, so that registering it twice is AlreadyExists. */
export const recoveryName = (accessTokenId: string): string => hex128(`recovery:${accessTokenId}`);

/**
 * What stands for a Recovery where others can read it: the mark, Restore names, Events. A Recovery's name is
 * what lets its owner read it, so it is never shown itself.
 */
export const recoveryHash = (name: string): string => hex128(`mark:${name}`).slice(0, 20);

/** Name of the Velero Restore of a Recovery. */
export const restoreName = (name: string): string => `recover-${recoveryHash(name)}`;
