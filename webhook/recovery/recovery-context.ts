import type { Stored } from '../../api/kinds/object-meta.ts';
import type { Recovery, RecoveryStatus } from '../../api/kinds/recovery.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import type { SigningKey } from '../../api/tokens/sign-token.ts';
import type { Restore } from '../../api/velero/velero-types.ts';
import type { GroupEvents } from '../observability/group-events.ts';
import type { Logger } from '../observability/logger.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { ClusterState } from '../state/cluster-state.ts';

/** What the steps of a recovery work with. */
export interface RecoveryTools {
  readonly client: KubeClient;
  readonly state: ClusterState;
  readonly admissionKey: () => SigningKey;
  readonly events: GroupEvents;
  /** Hashes of Recoveries that are still running, by which marks are told from left-overs. */
  readonly isRunning: (hash: string) => boolean;
  /** Restores that Velero will have ended before it begins with this one. */
  readonly restoresAhead: (restore: Stored<Restore>) => number;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly clock: () => number;
}

/** A Recovery as stored, and how it is written: always against the version it was read at. */
export interface RecoveryContext {
  readonly recovery: Stored<Recovery>;
  /** Stands for the Recovery's name where others can read it. */
  readonly hash: string;
  readonly tools: RecoveryTools;
}

/** What a step ends with: the recovery has moved on, waits, or needs nothing more. */
export type StepResult =
  | { readonly kind: 'next'; readonly recovery: Stored<Recovery> }
  | { readonly kind: 'wait'; readonly againInMs?: number }
  | { readonly kind: 'done' };

/** One step. It may run again at any time, on any replica, and finds out itself what is done already. */
export type Step = (context: RecoveryContext) => Promise<StepResult>;

/** Writes the status, only if nobody wrote the Recovery since it was read. */
export const writeStatus = ({ recovery, tools }: RecoveryContext, status: RecoveryStatus): Promise<Stored<Recovery>> =>
  tools.client.replace(OWN.recoveries, { ...recovery, status }, { subresource: 'status' });
