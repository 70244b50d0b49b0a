import type { Stored } from '../../api/kinds/object-meta.ts';
import type { Recovery } from '../../api/kinds/recovery.ts';
import { isConflict } from '../../api/kubernetes/api-error.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { type Restore, VELERO } from '../../api/velero/velero-types.ts';

export interface Consumption {
  readonly client: KubeClient;
  /** The Recovery as read live a moment ago. */
  readonly recovery: Stored<Recovery>;
  /** The Restore under review; the API server has given it its UID already. */
  readonly restore: Stored<Restore>;
  readonly now: Date;
}

/** So many others may write the Recovery between our read and our write before we give up. */
const ATTEMPTS = 20;

/**
 * Gives the token to one Restore by a conditional write of its UID into the Recovery. A UID is new at every attempt
 * to create, and a create may still fail after us (quota, another webhook, etcd): so another UID may take the place,
 * but only while no Restore was seen stored and a live read finds none. The name in the token and our finalizer,
 * which holds it, see to it that exactly one is ever stored.
 * @throws RecoverError `TokenUsed`, `StateUnavailable`
 */
export const consumeToken = async ({ client, recovery, restore, now }: Consumption): Promise<void> => {
  const { name, namespace } = recovery.metadata;
  let current = recovery;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const admission = current.status?.admission;
    if (admission?.restoreUID === restore.metadata.uid) return;
    if (admission !== undefined) await checkUnused(client, admission, restore);
    const next = { restoreUID: restore.metadata.uid, time: now.toISOString(), stored: false };
    try {
      const status = { ...current.status, admission: next };
      await client.replace(OWN.recoveries, { ...current, status }, { subresource: 'status' });
      return;
    } catch (error) {
      if (!isConflict(error)) throw error;
      current = await client.get(OWN.recoveries, { name, namespace });
    }
  }
  throw new RecoverError({
    code: 'StateUnavailable',
    message: 'too many writes to the Recovery at once to consume its token',
    mend: 'nothing is lost: the catalogue tries again by itself',
  });
};

const checkUnused = async (
  client: KubeClient,
  admission: { readonly stored: boolean },
  restore: Stored<Restore>,
): Promise<void> => {
  const { name, namespace } = restore.metadata;
  if (!admission.stored && (await client.find(VELERO.restores, { name, namespace })) === undefined) return;
  throw new RecoverError({
    code: 'TokenUsed',
    message: `the recovery token has been used for Restore "${name}"`,
    mend: 'a token is good for one Restore; recover again with: kubectl recover GROUP',
  });
};
