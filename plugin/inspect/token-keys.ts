import { readFileSync, statSync } from 'node:fs';
import { calculateJwkThumbprint } from 'jose';
import { parseAllDocuments } from 'yaml';
import type { ClusterIdentity, ClusterKey } from '../../api/kinds/cluster-identity.ts';
import type { PublicJwk } from '../../api/kinds/jwk.ts';
import { peerKeys } from '../../api/peer-keys.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { clusterUrn } from '../../api/tokens/urns.ts';

/** A key that a token may be signed by. */
export interface KnownKey {
  readonly kid: string;
  readonly jwk: PublicJwk;
  /** Absent: of a JWKS, which names no cluster, use or state. */
  readonly of?: { readonly issuer: string; readonly name: string; readonly key: ClusterKey };
}

const MAX_BYTES = 4 * 1024 * 1024;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

const invalid = (path: string, why: string): RecoverError =>
  new RecoverError({
    code: 'UsageError',
    message: `the keys in "${path}" cannot be read: ${why}`,
    mend: 'give a file with ClusterIdentities, as of kubectl get clusteridentities -o yaml, or a JWKS',
  });

/** Keys of a ClusterIdentity, whether it is the cluster itself or a peer; of a peer those that count with the catalogue. */
export const keysOfIdentity = ({ metadata, spec = {}, status = {} }: ClusterIdentity): KnownKey[] => {
  const id = spec.clusterID ?? status.clusterID;
  if (id === undefined) return [];
  return [...peerKeys({ spec, status }), ...(status.keys ?? [])].map(key => ({
    ...{ kid: key.kid, jwk: key.jwk },
    of: { issuer: clusterUrn(id), name: metadata.name, key },
  }));
};

const ofJwk = async (value: unknown): Promise<KnownKey[]> => {
  if (!isObject(value)) return [];
  const { kty, crv, x, y } = value;
  if (kty !== 'EC' || crv !== 'P-256' || typeof x !== 'string' || typeof y !== 'string') return [];
  const jwk: PublicJwk = { kty, crv, x, y };
  return [{ kid: await calculateJwkThumbprint(jwk), jwk }];
};

const keysIn = async (value: unknown): Promise<KnownKey[]> => {
  if (!isObject(value)) return [];
  if (Array.isArray(value['items'])) return (await Promise.all(value['items'].map(keysIn))).flat();
  if (value['kind'] === 'ClusterIdentity') return keysOfIdentity(value as unknown as ClusterIdentity);
  return Array.isArray(value['keys']) ? (await Promise.all(value['keys'].map(ofJwk))).flat() : [];
};

/** Keys of a file of ClusterIdentities or of a JWKS (RFC 7517). @throws RecoverError `UsageError` */
export const readKeys = async (path: string): Promise<KnownKey[]> => {
  let documents: readonly unknown[];
  try {
    if (statSync(path).size > MAX_BYTES) throw new Error(`it is larger than ${MAX_BYTES} bytes`);
    documents = parseAllDocuments(readFileSync(path, 'utf8')).map(document => document.toJS());
  } catch (error) {
    throw invalid(path, error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : String(error));
  }
  const keys = (await Promise.all(documents.map(keysIn))).flat();
  if (keys.length === 0) throw invalid(path, 'there is no key of the curve P-256 in it');
  return keys;
};
