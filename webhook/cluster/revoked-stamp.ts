import { RecoverError } from '../../api/recover-error.ts';
import { type StampClaims, stampToken } from '../../api/tokens/kinds.ts';
import { clusterOfUrn } from '../../api/tokens/urns.ts';
import { verifyToken } from '../../api/tokens/verify-token.ts';
import type { KeysOfCluster } from '../keys/trusted-keys.ts';
import type { BackupView } from '../state/views.ts';
import { stampMisfit } from './stamp-verifier.ts';

/**
 * What the stamp of a Backup says that is signed by a revoked key, and by no other: it counts for nothing until an
 * operator takes it over.
 * @throws RecoverError `StampInvalid`, and those of `verifyToken`
 */
export const readRevokedStamp = async (backup: BackupView, keysOf: KeysOfCluster, now: Date): Promise<StampClaims> => {
  if (backup.stamp === undefined) {
    throw new RecoverError({
      code: 'PointNotStamped',
      message: `backup "${backup.name}" carries no stamp that could be taken over`,
      mend: `adopt it by its content: kubectl recover stamp ${backup.name}`,
    });
  }
  const claims = await verifyToken(stampToken, backup.stamp, {
    now,
    key: (issuer, kid) => {
      const clusterId = clusterOfUrn(issuer);
      const keys = clusterId === undefined ? undefined : keysOf(clusterId);
      const key = keys?.find(candidate => candidate.kid === kid && candidate.use === 'Stamp');
      return key?.state === 'Revoked'
        ? { outcome: 'trusted', jwk: key.jwk }
        : { outcome: 'unknown', because: 'its key is none that was revoked here' };
    },
  });
  const message = stampMisfit(claims, backup);
  if (message === undefined) return claims;
  throw new RecoverError({
    code: 'StampInvalid',
    message: `the stamp of backup "${backup.name}" does not count: ${message}`,
    mend: `it is not taken over; look at it: kubectl get backups.velero.io ${backup.name} -n ${backup.namespace} -o yaml >FILE; kubectl recover inspect FILE`,
  });
};
