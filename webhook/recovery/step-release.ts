import { RESTORE_FINALIZER } from '../../api/names.ts';
import { VELERO } from '../../api/velero/velero-types.ts';
import type { RecoveryContext, Step } from './recovery-context.ts';
import { releaseUnused } from './release-unused.ts';
import { releaseTargets } from './reserve-targets.ts';

/**
 * How long after its last admission a Restore keeps its name: longer than any admitted create can still be on its
 * way to etcd (the API server gives a request a minute).
 */
export const HOLD_MS = 120_000;

/** Without an admission no Restore was ever stored, so Velero has written nothing. */
const giveBackUnused = async ({ recovery, hash, tools }: RecoveryContext): Promise<void> => {
  if (recovery.status?.admission !== undefined) return;
  const kept = await releaseUnused({ client: tools.client, hash, clock: tools.clock });
  if (kept.length === 0) return;
  const names = kept.map(name => `"${name}"`).join(', ');
  tools.log.warn({ recovery: hash, namespaces: kept }, 'reserved namespaces stay');
  await tools.events.tell(
    recovery,
    'TargetsKept',
    `nothing was restored; reserved namespaces that are not empty any more stay with the group: ${names}`,
  );
};

/** Gives back what was reserved and not used, takes the marks off, and takes our finalizer off the Restore once its token can no longer be played again; the last thing of a recovery. */
export const stepRelease: Step = async context => {
  const { recovery, hash, tools } = context;
  const { restoreRef, admission } = recovery.status ?? {};
  await giveBackUnused(context);
  await releaseTargets(tools.client, hash);
  const restore = restoreRef && (await tools.client.find(VELERO.restores, restoreRef));
  if (!restore?.metadata.finalizers?.includes(RESTORE_FINALIZER)) return { kind: 'done' };
  const heldForMs = Date.parse(admission?.time ?? '') + HOLD_MS - tools.clock();
  if (heldForMs > 0) return { kind: 'wait', againInMs: heldForMs };
  const finalizers = restore.metadata.finalizers.filter(name => name !== RESTORE_FINALIZER);
  const { resourceVersion, name, namespace } = restore.metadata;
  await tools.client.mergePatch(VELERO.restores, { name, namespace }, { metadata: { resourceVersion, finalizers } });
  return { kind: 'done' };
};
