import type { RecoveryAnswer } from '../../api/kinds/access-request.ts';
import type { Stored } from '../../api/kinds/object-meta.ts';
import type { Recovery } from '../../api/kinds/recovery.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { RANDOM_NAME_PATTERN, REQUESTS_NAMESPACE } from '../../api/names.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { ask } from '../cluster/ask.ts';
import { type ClusterAccess, connect } from '../cluster/connect.ts';
import { EXIT } from '../exit-codes.ts';
import { follow } from '../recovery/follow.ts';
import { outcomeOf, showProgress } from '../recovery/show-progress.ts';
import { age } from '../render/age.ts';
import { structured } from '../render/output.ts';
import { createStepView } from '../render/steps.ts';
import { table } from '../render/table.ts';
import { type CommandContext, tell } from './command-context.ts';

export interface StatusFlags {
  /** A group, or the name of a Recovery. */
  readonly subject: string;
  readonly wait: boolean;
  readonly timeoutMs?: number | undefined;
}

const STATES = { True: 'Succeeded', False: 'Failed', Unknown: 'Running' } as const;

const rowOf = (recovery: RecoveryAnswer, now: Date): string[] => [
  recovery.name ?? recovery.hash,
  recovery.point,
  recovery.requester,
  STATES[recovery.succeeded],
  recovery.reason,
  age(recovery.creationTime, now),
];

const ofGroup = async (group: string, access: ClusterAccess, context: CommandContext): Promise<number> => {
  const { io, output } = context;
  const { recoveries = [] } = await ask(access, { group, wants: { recoveries: true } }, io);
  if (output === 'json' || output === 'yaml') io.stdout.write(structured(recoveries, output));
  else if (output === 'name') io.stdout.write(recoveries.map(({ name, hash }) => `${name ?? hash}\n`).join(''));
  else if (recoveries.length === 0)
    tell(context, `group "${group}" has not been recovered in cluster "${access.context}"`);
  else {
    const titles = ['RECOVERY', 'POINT', 'REQUESTER', 'STATE', 'REASON', 'AGE'];
    io.stdout.write(
      table(
        titles,
        recoveries.map(recovery => rowOf(recovery, new Date(io.clock()))),
      ),
    );
  }
  return EXIT.success;
};

/** Where the API itself is missing it is the catalogue that is, not the recovery. */
const get = async (access: ClusterAccess, name: string): Promise<Stored<Recovery>> => {
  try {
    return await access.call(client => client.get(OWN.recoveries, { namespace: REQUESTS_NAMESPACE, name }));
  } catch (error) {
    if (!(error instanceof RecoverError) || error.code !== 'NotFound') throw error;
    throw new RecoverError({
      code: 'NotFound',
      message: `there is no recovery "${name}" in cluster "${access.context}"`,
      mend: 'list those of a group with: kubectl recover status GROUP',
    });
  }
};

const ofRecovery = async (flags: StatusFlags, access: ClusterAccess, context: CommandContext): Promise<number> => {
  const { io, output, palette, quiet } = context;
  const found = await get(access, flags.subject);
  const view = createStepView(io, palette, quiet);
  const recovery = flags.wait ? await follow(access, found, view, io, flags.timeoutMs) : found;
  if (output === 'json' || output === 'yaml') {
    const { accessToken: _, ...spec } = recovery.spec;
    const { recoveryToken: __, ...status } = recovery.status ?? {};
    io.stdout.write(structured({ ...recovery, spec, status }, output));
    return EXIT.success;
  }
  showProgress(recovery, view);
  const outcome = outcomeOf(recovery);
  if (outcome instanceof RecoverError) throw outcome;
  tell(context, outcome ?? 'the recovery goes on');
  return EXIT.success;
};

/** `kubectl recover status GROUP|RECOVERY`: how recoveries of a group went, or how far one is. */
export const status = async (flags: StatusFlags, context: CommandContext): Promise<number> => {
  const { connection, io } = context;
  const access = connect(connection, connection.context, io);
  try {
    const isRecovery = new RegExp(RANDOM_NAME_PATTERN).test(flags.subject);
    return isRecovery ? await ofRecovery(flags, access, context) : await ofGroup(flags.subject, access, context);
  } finally {
    await access.close();
  }
};
