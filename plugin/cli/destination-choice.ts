import { RecoverError } from '../../api/recover-error.ts';
import type { DestinationChoice } from '../recovery/destination.ts';

export interface DestinationFlags {
  readonly toCluster: string | undefined;
  readonly toCloud: string | undefined;
  readonly toRegion: string | undefined;
}

const usage = (message: string, mend: string): RecoverError => new RecoverError({ code: 'UsageError', message, mend });

/**
 * The destination as flags name it.
 * @throws RecoverError `UsageError`
 */
export const destinationChoice = ({ toCluster, toCloud, toRegion }: DestinationFlags): DestinationChoice => {
  if (toCluster === '' || toCloud === '' || toRegion === '') {
    throw usage('a destination is empty', 'write a value behind --to-cluster, --to-cloud and --to-region');
  }
  if (toCloud === undefined && toRegion === undefined) return { kind: 'context', expectedId: toCluster };
  if (toCluster !== undefined) {
    throw usage('--to-cluster excludes --to-cloud and --to-region', 'give the cluster ID alone if you have it');
  }
  if (toCloud === undefined || toRegion === undefined) {
    throw usage('--to-cloud and --to-region belong together', 'give both, as --to-cloud aws --to-region eu-central-1');
  }
  return { kind: 'place', cloud: toCloud, region: toRegion };
};

const text = (describe: string) => ({ type: 'string', requiresArg: true, describe }) as const;

/** The flags themselves. */
export const DESTINATION_OPTIONS = {
  'to-cluster': text('Cluster ID that the destination must have'),
  'to-cloud': text('Cloud of the destination, if its cluster ID is not to be had; with --to-region'),
  'to-region': text('Region of the destination; with --to-cloud'),
} as const;
