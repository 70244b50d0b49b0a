import type { Stored } from '../../api/kinds/object-meta.ts';
import { isAlreadyExists } from '../../api/kubernetes/api-error.ts';
import { CORE, type Secret } from '../../api/kubernetes/core-types.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { CATALOGUE_NAMESPACE } from '../../api/names.ts';
import type { KeyRing } from './key-ring.ts';
import { generateKey, newSecret, readRing, secretName } from './key-secret.ts';
import { KEY_USES, type KeyUse } from './key-use.ts';

/** The keys of one use and the Secret that they were read from. */
export interface LoadedKeys {
  readonly ring: KeyRing;
  readonly secret: Stored<Secret>;
}

export type ClusterKeys = Readonly<Record<KeyUse, LoadedKeys>>;

/** The Secret of a use; creating it is the lock, so that all replicas sign with the key of the first. */
const readOrCreate = async (client: KubeClient, use: KeyUse, now: Date): Promise<Stored<Secret>> => {
  const at = { namespace: CATALOGUE_NAMESPACE, name: secretName(use) };
  const existing = await client.find(CORE.secrets, at);
  if (existing) return existing;
  try {
    return await client.create(CORE.secrets, newSecret(await generateKey(), use, now));
  } catch (error) {
    if (isAlreadyExists(error)) return client.get(CORE.secrets, at);
    throw error;
  }
};

const loadKeysOf = async (client: KubeClient, use: KeyUse, now: Date): Promise<LoadedKeys> => {
  const secret = await readOrCreate(client, use, now);
  return { ring: await readRing(secret), secret };
};

/**
 * The keys of this cluster from the Secrets of the catalogue's namespace, made where they are absent.
 * @throws RecoverError `InternalError` for a Secret that holds no key
 */
export const loadKeys = async (client: KubeClient, now: Date): Promise<ClusterKeys> => {
  const [grant, stamp, admission] = await Promise.all(KEY_USES.map(use => loadKeysOf(client, use, now)));
  if (!grant || !stamp || !admission) throw new TypeError('a key use has no key');
  return { grant, stamp, admission };
};
