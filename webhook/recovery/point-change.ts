import { recoveryToken } from '../../api/tokens/kinds.ts';
import { decodeToken } from '../../api/tokens/verify-token.ts';
import { VELERO } from '../../api/velero/velero-types.ts';
import type { RecoveryContext } from './recovery-context.ts';

/**
 * What has become of the recovery point since its token was signed, or nothing. A Restore names its Backup by name and
 * Velero reads it late (restore_controller.go): a Backup that was deleted and synced back, perhaps from another
 * location, is not what was validated.
 */
export const pointChange = async ({ recovery, tools }: RecoveryContext): Promise<string | undefined> => {
  const { point, recoveryToken: token } = recovery.status ?? {};
  if (point === undefined || token === undefined) return undefined;
  const { uid, location } = decodeToken(recoveryToken, token).claims.point;
  const backup = await tools.client.find(VELERO.backups, { namespace: point.namespace, name: point.backup });
  if (backup === undefined) return `backup "${point.backup}" was deleted while the recovery ran`;
  const now = backup.spec.storageLocation;
  if (backup.metadata.uid === uid && now === location) return undefined;
  return `backup "${point.backup}" was replaced while the recovery ran: ${uid} in "${location}" was validated, ${backup.metadata.uid} in "${now}" is there`;
};
