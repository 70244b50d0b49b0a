import { RESTORE_FINALIZER } from '../../api/names.ts';
import { VELERO } from '../../api/velero/velero-types.ts';
import type { Step } from './recovery-context.ts';
import { releaseTargets } from './reserve-targets.ts';

/**
 * How long after its last admission a Restore keeps its name: longer than any admitted create can still be on its
 * way to etcd (the API server gives a request a minute).
 */
export const HOLD_MS = 120_000;

/** Takes our finalizer off the Restore once its token can no longer be played again; the last thing of a recovery. */
export const stepRelease: Step = async ({ recovery, hash, tools }) => {
  const { restoreRef, admission } = recovery.status ?? {};
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
