import { ANNOTATIONS } from '../../api/names.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { stampToken } from '../../api/tokens/kinds.ts';
import { decodeToken } from '../../api/tokens/verify-token.ts';
import { type Backup, VELERO } from '../../api/velero/velero-types.ts';
import type { Check } from './check.ts';
import { counted, type Finding, ok, warning } from './finding.ts';

/** Who stamped a backup, as the stamp says; nothing is proven by it but that somebody should look. */
const stamperOf = ({ metadata }: Backup): string | undefined => {
  const stamp = metadata.annotations?.[ANNOTATIONS.stamp];
  if (stamp === undefined) return undefined;
  try {
    return decodeToken(stampToken, stamp).claims.iss.split(':').at(-1);
  } catch (error) {
    if (error instanceof RecoverError) return undefined;
    throw error;
  }
};

/**
 * Finds locations that more than one cluster writes into. There they hide each other's backups of one name, and file
 * system backups of equal namespaces share a repository (kopia/NAMESPACE, pkg/persistence/object_store_layout.go).
 */
export const judgePrefixes = (backups: readonly Backup[]): Finding[] => {
  const stampers = new Map<string, Map<string, number>>();
  for (const backup of backups) {
    const stamper = stamperOf(backup);
    if (stamper === undefined) continue;
    const location = `${backup.metadata.namespace}/${backup.spec.storageLocation ?? 'default'}`;
    const counts = stampers.get(location) ?? new Map<string, number>();
    stampers.set(location, counts.set(stamper, (counts.get(stamper) ?? 0) + 1));
  }
  const shared = [...stampers].filter(([, counts]) => counts.size > 1);
  if (shared.length === 0) return [ok('no location holds stamps of two clusters')];
  return shared.map(([location, counts]) => {
    const each = [...counts].map(([cluster, count]) => `${counted(count, 'backup')} of cluster "${cluster}"`);
    return warning(
      `location "${location}" is written to by ${counts.size} clusters: ${each.join(', ')}`,
      'an operator gives each cluster a prefix of its own, and the prefixes of others as locations that are read only; a cluster that was rebuilt gets a new prefix too',
    );
  });
};

export const sharedPrefixes: Check = {
  name: 'storage',
  examine: async cluster => judgePrefixes(await cluster.list(VELERO.backups)),
};
