import type { ExaminedCluster } from './examined-cluster.ts';
import type { Finding } from './finding.ts';

/** One check: reads what it needs and judges it. A right that is missing it may leave to whoever runs it. */
export interface Check {
  /** In the first column; several checks may share it. */
  readonly name: string;
  readonly examine: (cluster: ExaminedCluster) => Promise<readonly Finding[]>;
}
