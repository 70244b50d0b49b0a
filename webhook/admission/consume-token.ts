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

/** An admitted create has reached etcd, or failed, within this time; until then its token counts as used. */
const IN_FLIGHT_MS = 10_000;

/** So many others may write the Recovery between our read and our write before we give up. */
const ATTEMPTS = 20;

const mismatch = (message: string): RecoverError => new RecoverError({ code: 'RestoreMismatch', message });

/**
 * Gives the token to one Restore by a conditional write of its UID into the Recovery. A UID is new at every attempt
 * to create, and a create may still fail after us (quota, another webhook, etcd): so another UID may take the place,
 * but only once the first had its time, none was seen stored, and a live read finds none. Should the first be stored
 * after all, the name in the token and our finalizer, which holds it, see to it that it stays the only one.
 * @throws RecoverError `TokenUsed`, `RestoreMismatch`, `StateUnavailable`
 */
export const consumeToken = async ({ client, recovery, restore, now }: Consumption): Promise<void> => {
  const { name, namespace, uid } = recovery.metadata;
  // An absent UID would be equal to that of no admission at all.
  if (!restore.metadata.uid) throw mismatch('the Restore has no UID, so its token cannot be given to it');
  let current = recovery;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    if (current.status?.admission?.restoreUID === restore.metadata.uid) return;
    await checkUnused({ client, recovery: current, restore, now });
    const next = { restoreUID: restore.metadata.uid, time: now.toISOString(), stored: false };
    try {
      const status = { ...current.status, admission: next };
      await client.replace(OWN.recoveries, { ...current, status }, { subresource: 'status' });
      return;
    } catch (error) {
      if (!isConflict(error)) throw error;
      current = await client.get(OWN.recoveries, { name, namespace });
      if (current.metadata.uid !== uid) throw mismatch('the Recovery was deleted and registered anew');
    }
  }
  throw new RecoverError({
    code: 'StateUnavailable',
    message: 'too many writes to the Recovery at once to consume its token',
    mend: 'nothing is lost: the catalogue tries again by itself',
  });
};

/**
 * Whether the token is still good for this Restore. Asked before anything else is judged too: who plays a used token
 * again is to hear just that.
 * @throws RecoverError `TokenUsed`
 */
export const checkUnused = async ({ client, recovery, restore, now }: Consumption): Promise<void> => {
  const admission = recovery.status?.admission;
  const { name, namespace, uid } = restore.metadata;
  if (admission === undefined || admission.restoreUID === uid) return;
  const hadItsTime = now.getTime() - Date.parse(admission.time) >= IN_FLIGHT_MS;
  if (!admission.stored && hadItsTime && !(await client.find(VELERO.restores, { name, namespace }))) return;
  throw new RecoverError({
    code: 'TokenUsed',
    message: `the recovery token has been used for Restore "${name}"`,
    mend: 'a token is good for one Restore; recover again with: kubectl recover GROUP',
  });
};
