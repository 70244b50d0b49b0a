import { recoveryHash } from '../../api/digest.ts';
import { isConcluded } from '../../api/kinds/is-concluded.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import type { ReconcileResult } from '../controllers/controller.ts';
import type { RecoveryTools, Step } from './recovery-context.ts';
import { stepCreateRestore } from './step-create-restore.ts';
import { stepIssue } from './step-issue.ts';
import { stepObserve } from './step-observe.ts';
import { stepRelease } from './step-release.ts';

/** The life of a recovery after its registration. A recovery that ended early goes straight to the last step. */
const STEPS: readonly { readonly step: Step; readonly evenIfConcluded: boolean }[] = [
  { step: stepIssue, evenIfConcluded: false },
  { step: stepCreateRestore, evenIfConcluded: false },
  { step: stepObserve, evenIfConcluded: false },
  { step: stepRelease, evenIfConcluded: true },
];

/**
 * Brings one Recovery on as far as it goes now. Every step finds out by itself what has been done, so a crash
 * between any two, or a second replica at the same work, changes nothing.
 */
export const reconcileRecovery =
  (tools: RecoveryTools) =>
  async (key: string): Promise<ReconcileResult> => {
    const [namespace, name = ''] = key.split('/');
    const hash = recoveryHash(name);
    let recovery = await tools.client.find(OWN.recoveries, { namespace, name });
    if (recovery === undefined) return {};
    for (const { step, evenIfConcluded } of STEPS) {
      if (!evenIfConcluded && isConcluded(recovery)) continue;
      const result = await step({ recovery, hash, tools });
      switch (result.kind) {
        case 'next':
          recovery = result.recovery;
          break;
        case 'wait':
          return result.againInMs === undefined ? {} : { againInMs: result.againInMs };
        case 'done':
          return {};
      }
    }
    return {};
  };
