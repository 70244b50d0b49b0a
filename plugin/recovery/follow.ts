import type { Stored } from '../../api/kinds/object-meta.ts';
import type { Recovery } from '../../api/kinds/recovery.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { RecoverError } from '../../api/recover-error.ts';
import type { ClusterAccess } from '../cluster/connect.ts';
import { poll } from '../cluster/poll.ts';
import type { Io } from '../io.ts';
import type { StepView } from '../render/step-view.ts';
import { outcomeOf, showProgress } from './show-progress.ts';

/** The command that shows a recovery again, in the same cluster and with the same login. */
export const statusCommand = (name: string, { flags }: ClusterAccess): string =>
  `kubectl recover status ${name} -w ${flags}`;

const comeBack = (name: string, access: ClusterAccess): string =>
  `come back to it with: ${statusCommand(name, access)}`;

/**
 * Follows a recovery to its end, which it reaches with or without us.
 * @throws RecoverError the code it ended with; `Timeout`, `Interrupted`
 */
export const follow = async (
  access: ClusterAccess,
  recovery: Pick<Stored<Recovery>, 'metadata'>,
  view: StepView,
  io: Io,
  timeoutMs: number | undefined,
): Promise<Stored<Recovery>> => {
  const { name, namespace } = recovery.metadata;
  try {
    const ended = await poll(
      { clock: io.clock, interrupted: io.interrupted, sleep: milliseconds => view.sleep(milliseconds) },
      async () => {
        const current = await access.call(client => client.get(OWN.recoveries, { name, namespace }));
        showProgress(current, view, new Date(io.clock()));
        return outcomeOf(current, access) === undefined ? undefined : current;
      },
      {
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
        onTimeout: () =>
          new RecoverError({
            code: 'Timeout',
            message: `the recovery has not ended within ${(timeoutMs ?? 0) / 1000} s; it goes on`,
            mend: comeBack(name, access),
          }),
      },
    );
    const outcome = outcomeOf(ended, access);
    if (outcome instanceof RecoverError) throw outcome;
    return ended;
  } catch (error) {
    if (!(error instanceof RecoverError)) throw error;
    if (error.code === 'ClusterUnreachable') {
      const message = `${error.message}; the recovery goes on without us`;
      throw new RecoverError({ code: error.code, message, mend: comeBack(name, access) }, { cause: error });
    }
    if (error.code !== 'Interrupted') throw error;
    throw new RecoverError({
      code: 'Interrupted',
      message: 'interrupted; the recovery goes on',
      mend: comeBack(name, access),
    });
  } finally {
    view.settle();
  }
};
