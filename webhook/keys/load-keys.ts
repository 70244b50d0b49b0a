import { generateKeyPairSync } from 'node:crypto';
import type { Static } from 'typebox';
import { isAlreadyExists } from '../../api/kubernetes/api-error.ts';
import { CORE, type Secret } from '../../api/kubernetes/core-types.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { CATALOGUE_NAMESPACE } from '../../api/names.ts';
import { parserOf } from '../../api/parse.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { object, oneOf, text } from '../../api/schema.ts';
import { type SigningKey, signingKeyOf } from '../../api/tokens/sign-token.ts';
import { KEY_USES, type KeyUse } from './key-use.ts';

export type ClusterKeys = Readonly<Record<KeyUse, SigningKey>>;

const member = () => text({ minLength: 43, maxLength: 43 });
const privateJwkSchema = object({
  kty: oneOf(['EC']),
  crv: oneOf(['P-256']),
  x: member(),
  y: member(),
  d: member(),
});
const parsePrivateJwk = parserOf(privateJwkSchema, 'the key Secret', 'InternalError');

const FIELD = 'private.jwk';
const secretName = (use: KeyUse): string => `${use}-key`;

const generate = (): Static<typeof privateJwkSchema> => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return parsePrivateJwk(privateKey.export({ format: 'jwk' }));
};

const newSecret = (use: KeyUse): Secret => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: {
    name: secretName(use),
    namespace: CATALOGUE_NAMESPACE,
    // Private keys must never reach the bucket.
    labels: { 'velero.io/exclude-from-backup': 'true', 'app.kubernetes.io/part-of': 'kubectl-recover' },
  },
  type: 'kubectl-recover.io/signing-key',
  data: { [FIELD]: Buffer.from(JSON.stringify(generate())).toString('base64') },
});

/** The Secret of a use; creating it is the lock, so that all replicas sign with the key of the first. */
const readOrCreate = async (client: KubeClient, use: KeyUse): Promise<Secret> => {
  const at = { namespace: CATALOGUE_NAMESPACE, name: secretName(use) };
  const existing = await client.find(CORE.secrets, at);
  if (existing) return existing;
  try {
    return await client.create(CORE.secrets, newSecret(use));
  } catch (error) {
    if (isAlreadyExists(error)) return client.get(CORE.secrets, at);
    throw error;
  }
};

const loadKey = async (client: KubeClient, use: KeyUse): Promise<SigningKey> => {
  const secret = await readOrCreate(client, use);
  const value = Buffer.from(secret.data?.[FIELD] ?? '', 'base64').toString('utf8');
  try {
    return await signingKeyOf(parsePrivateJwk(JSON.parse(value)));
  } catch {
    // No cause: an error of JSON.parse quotes what it read, and this is a private key.
    throw new RecoverError({
      code: 'InternalError',
      message: `Secret "${CATALOGUE_NAMESPACE}/${secretName(use)}" holds no private key in "${FIELD}"`,
      mend: 'an operator brings it back from where it is kept; deleting it makes a new key, and what the old one signed counts no more',
    });
  }
};

/**
 * The three key pairs of this cluster from the Secrets of the catalogue's namespace, made where they are absent.
 * @throws RecoverError `InternalError` for a Secret that holds no key
 */
export const loadKeys = async (client: KubeClient): Promise<ClusterKeys> => {
  const [grant, stamp, admission] = await Promise.all(KEY_USES.map(use => loadKey(client, use)));
  if (!grant || !stamp || !admission) throw new TypeError('a key use has no key');
  return { grant, stamp, admission };
};
