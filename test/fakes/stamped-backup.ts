import type { StampClaims, StampedGroup } from '../../api/tokens/kinds.ts';
import type { BackupView } from '../../webhook/state/views.ts';
import type { FakeCluster } from './fake-authority.ts';
import { START_TIME, stampClaims } from './sample-claims.ts';

export interface StampedPart {
  readonly name?: string;
  readonly startTime?: string;
  /** The cluster in which the group was first registered; else the one that signs. */
  readonly home?: FakeCluster;
  /** What the stamp says of the group `shop`. */
  readonly group?: Partial<StampedGroup>;
  /** Groups before it. */
  readonly others?: readonly StampedGroup[];
}

/** A Backup as the catalogue sees it, with a genuine stamp of a cluster. */
export const stampedBackup = async (
  signer: FakeCluster,
  { name = 'nightly-1', startTime = START_TIME, home = signer, group = {}, others = [] }: StampedPart = {},
): Promise<BackupView> => {
  const sample = stampClaims(home);
  const claims: StampClaims = {
    ...sample,
    iss: signer.urn,
    cluster: signer.cluster,
    backup: { ...sample.backup, name, startTime },
    groups: [...others, ...sample.groups.map(each => ({ ...each, ...group }))],
  };
  return {
    namespace: 'velero',
    name,
    uid: `uid of ${name}`,
    location: 'default',
    selection: { includedNamespaces: ['*'] },
    status: { phase: 'Completed', startTimestamp: startTime },
    deleting: false,
    stamp: await signer.issueStamp(claims),
  };
};
