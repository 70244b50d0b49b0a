import { digestOf } from '../../api/digest.ts';
import type { RecoveryTarget } from '../../api/kinds/recovery.ts';
import { neverRestored, restoreSpec } from '../../api/velero/restore-spec.ts';
import type { RestoreSpec } from '../../api/velero/velero-types.ts';
import type { Facts, OwnedPoint, PlannedTarget } from './check.ts';
import { namespaceLabels } from './namespace-labels.ts';

/** All that a registration comes to once every check has passed. */
export interface ValidatedPlan {
  readonly groupId: string;
  readonly point: OwnedPoint;
  readonly restoreSpec: RestoreSpec;
  readonly targets: readonly RecoveryTarget[];
  /** Labels of namespaces that are made, by the policies. */
  readonly namespaceLabels: Readonly<Record<string, string>>;
  readonly policies: readonly { readonly name: string; readonly generation: number }[];
}

/** The plan of facts that have passed every check. */
export const planOf = (facts: Facts, point: OwnedPoint, targets: readonly PlannedTarget[]): ValidatedPlan => {
  const { registration, state, chain, policies } = facts;
  return {
    groupId: chain.grant.group.id,
    point,
    restoreSpec: restoreSpec({
      choice: registration.restore,
      backupName: point.backup.name,
      sourceNamespaces: point.namespaces,
      neverRestored: neverRestored(state.servedResources()),
    }),
    targets: targets.map(({ source, name }) => {
      const live = state.namespace(name);
      const reserved = live === undefined || live.reservedBy === registration.hash;
      return { source, name, reserved, ...(live ? { uid: live.uid } : {}) };
    }),
    namespaceLabels: namespaceLabels(policies),
    policies: policies.map(({ name, generation }) => ({ name, generation })),
  };
};

/**
 * What approvals and the recovery token bind: the Recovery, the point, the exact Restore, the targets and the
 * policies. No times and no messages, so an unchanged state keeps its digest. A target that was absent at first
 * counts as absent for ever after, since reserving it is part of this very recovery.
 */
export const validationDigest = (recoveryUid: string, plan: ValidatedPlan): string =>
  digestOf({
    recovery: recoveryUid,
    point: {
      name: plan.point.backup.name,
      startTime: plan.point.stamp.backup.startTime,
      stamp: plan.point.stamp.jti,
    },
    restore: digestOf(plan.restoreSpec),
    targets: plan.targets.map(({ name, uid, reserved }) => ({ name, uid: reserved || !uid ? 'absent' : uid })),
    policies: plan.policies,
  });
