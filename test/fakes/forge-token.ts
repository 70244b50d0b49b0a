import type { SigningKey } from '../../api/tokens/sign-token.ts';

/** What goes into a token that nobody should sign: objects as JSON, strings and bytes as they are. */
export interface Forgery {
  readonly header: unknown;
  readonly payload: unknown;
  readonly key: Pick<SigningKey, 'privateKey'>;
}

const bytesOf = (value: unknown): Buffer => {
  if (value instanceof Uint8Array) return Buffer.from(value);
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value), 'utf8');
};

/** Unpadded base64url (RFC 7515 §2) of JSON, text or bytes. */
export const encodePart = (value: unknown): string => bytesOf(value).toString('base64url');

/**
 * A compact JWS with a genuine ES256 signature over whatever it is given, made without the code under test: what
 * holds a key can sign anything.
 */
export const forgeToken = async ({ header, payload, key }: Forgery): Promise<string> => {
  const signed = `${encodePart(header)}.${encodePart(payload)}`;
  const signature = await crypto.subtle.sign(
    { name: 'ECDSA', hash: 'SHA-256' },
    key.privateKey,
    new TextEncoder().encode(signed),
  );
  return `${signed}.${encodePart(new Uint8Array(signature))}`;
};

/** The parts of a compact JWS. */
export const partsOf = (token: string): readonly [header: string, payload: string, signature: string] => {
  const [header = '', payload = '', signature = ''] = token.split('.');
  return [header, payload, signature];
};

/** The JSON in one part of a token, unverified. */
export const readPart = (part: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Record<string, unknown>;

/** The token with one character of it replaced by another of the base64url alphabet. */
export const withCharacter = (token: string, index: number, step: number): string => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const position = alphabet.indexOf(token.charAt(index));
  const replacement = alphabet.charAt((position + step) % alphabet.length);
  return `${token.slice(0, index)}${replacement}${token.slice(index + 1)}`;
};
