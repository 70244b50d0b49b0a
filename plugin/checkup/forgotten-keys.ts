import type { ClusterIdentity } from '../../api/kinds/cluster-identity.ts';
import type { Stored } from '../../api/kinds/object-meta.ts';
import { ANNOTATIONS } from '../../api/names.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { stampToken } from '../../api/tokens/kinds.ts';
import { decodeToken } from '../../api/tokens/verify-token.ts';
import type { Backup } from '../../api/velero/velero-types.ts';
import { counted, type Finding, quoted, warning } from './finding.ts';

/** Key and issuing cluster that a stamp names; nothing where there is none, or none that can be read. */
const issuerOf = ({ metadata }: Stored<Backup>): { readonly kid: string; readonly cluster: string } | undefined => {
  const stamp = metadata.annotations?.[ANNOTATIONS.stamp];
  if (!stamp) return undefined;
  try {
    const { kid, claims } = decodeToken(stampToken, stamp);
    return { kid, cluster: claims.cluster.id };
  } catch (error) {
    if (error instanceof RecoverError) return undefined;
    throw error;
  }
};

/**
 * Finds the backups that this cluster stamped with keys it knows no more: the catalogue was removed and installed anew.
 * Nothing is verified; who forges such a stamp gets a warning here and nothing else.
 */
export const judgeStampKeys = (
  backups: readonly Stored<Backup>[],
  self: Pick<ClusterIdentity, 'spec' | 'status'> | undefined,
): Finding[] => {
  const { clusterID, keys } = self?.status ?? {};
  if (clusterID === undefined || keys === undefined) return [];
  const known = new Set([...keys, ...(self?.spec.keys ?? [])].map(({ kid }) => kid));
  const forgotten = backups
    .filter(backup => {
      const issuer = issuerOf(backup);
      return issuer?.cluster === clusterID && !known.has(issuer.kid);
    })
    .map(({ metadata }) => metadata.name);
  if (forgotten.length === 0) return [];
  return [
    warning(
      `${counted(forgotten.length, 'backup')} ${forgotten.length === 1 ? 'was' : 'were'} stamped here with keys that the catalogue knows no more, so owners cannot recover from ${forgotten.length === 1 ? 'it' : 'them'}: ${quoted(forgotten)}`,
      'give it its former keys back, from the file of "uninstall" or of "cluster export --all", here or of a peer: kubectl recover cluster trust -f FILE',
    ),
  ];
};
