import type { RecoveryAnswer } from '../../api/kinds/access-request.ts';
import { findCondition } from '../../api/kinds/condition.ts';
import type { Stored } from '../../api/kinds/object-meta.ts';
import { RECOVERY_CONDITIONS, type Recovery } from '../../api/kinds/recovery.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { RANDOM_NAME_PATTERN, REQUESTS_NAMESPACE } from '../../api/names.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { ask } from '../cluster/ask.ts';
import { type ClusterAccess, connect } from '../cluster/connect.ts';
import { EXIT } from '../exit-codes.ts';
import { follow } from '../recovery/follow.ts';
import { outcomeOf, showProgress } from '../recovery/show-progress.ts';
import { age } from '../render/age.ts';
import { type Listing, listingText } from '../render/listing.ts';
import { isStructured, structured } from '../render/output.ts';
import type { StepView } from '../render/step-view.ts';
import { type CommandContext, tell } from './command-context.ts';
import { stepViewOf } from './step-view-of.ts';
import { watchListing } from './watch.ts';

export interface StatusFlags {
  /** A group, or the name of a Recovery. */
  readonly subject: string;
  readonly wait: boolean;
  /** Of a group: show what changes, until Ctrl-C. Of one recovery it is `wait`. */
  readonly watch: boolean;
  readonly timeoutMs?: number | undefined;
}

const STATES = { True: 'Succeeded', False: 'Failed', Unknown: 'Running' } as const;

const WIDE = ['ITEMS', 'VOLUMES', 'WORKLOADS', 'MESSAGE'] as const;
const NONE = '<none>';

/** How far it is: items, volumes and workloads. */
const figuresOf = ({ progress, workloads }: RecoveryAnswer): string[] => [
  progress === undefined ? NONE : `${progress.itemsRestored}/${progress.totalItems}`,
  progress?.volumes === undefined ? NONE : `${progress.volumes.completed}/${progress.volumes.total}`,
  workloads === undefined ? NONE : `${workloads.ready}/${workloads.total}`,
];

const listingOf = ({ io, output }: CommandContext): Listing<RecoveryAnswer> => {
  const wide = output === 'wide';
  return {
    titles: ['RECOVERY', 'POINT', 'REQUESTER', 'STATE', 'REASON', ...(wide ? WIDE : []), 'AGE'],
    nameOf: ({ name, hash }) => name ?? hash,
    rowOf: recovery => [
      recovery.name ?? recovery.hash,
      recovery.point,
      recovery.requester,
      STATES[recovery.succeeded],
      recovery.reason,
      ...(wide ? [...figuresOf(recovery), recovery.message || NONE] : []),
      age(recovery.creationTime, new Date(io.clock())),
    ],
  };
};

const ofGroup = async (
  { subject: group, watch }: StatusFlags,
  access: ClusterAccess,
  context: CommandContext,
): Promise<number> => {
  const { io, output } = context;
  const load = async () => (await ask(access, { group, wants: { recoveries: true } }, io)).recoveries ?? [];
  const listing = listingOf(context);
  if (watch) return watchListing(load, listing, context);
  const recoveries = await load();
  if (recoveries.length === 0 && !isStructured(output) && output !== 'name')
    tell(context, `group "${group}" has not been recovered in cluster "${access.context}"`);
  else io.stdout.write(listingText(recoveries, listing, output));
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

const begin = (view: StepView, { metadata, status }: Stored<Recovery>, { context }: ClusterAccess): void => {
  const from = status?.point === undefined ? '' : ` from ${status.point.backup}`;
  const succeeded = findCondition(status?.conditions, RECOVERY_CONDITIONS.succeeded);
  const hasEnded = succeeded?.status === 'True' || succeeded?.status === 'False';
  view.begin(
    `Recovery${from} in cluster "${context}"`,
    Date.parse(metadata.creationTimestamp),
    hasEnded ? Date.parse(succeeded.lastTransitionTime) : undefined,
  );
};

const ofRecovery = async (flags: StatusFlags, access: ClusterAccess, context: CommandContext): Promise<number> => {
  const { io, output } = context;
  if (output === 'wide') {
    throw new RecoverError({
      code: 'UsageError',
      message: '-o wide is not taken: one recovery is no table',
      mend: 'leave it out, or take -o yaml',
    });
  }
  const found = await get(access, flags.subject);
  const view = stepViewOf(context);
  const isFollowed = flags.wait || flags.watch;
  begin(view, found, access);
  const recovery = isFollowed ? await follow(access, found, view, io, flags.timeoutMs) : found;
  if (isStructured(output)) {
    const { accessToken: _, ...spec } = recovery.spec;
    const { recoveryToken: __, ...status } = recovery.status ?? {};
    io.stdout.write(structured({ ...recovery, spec, status }, output));
    return EXIT.success;
  }
  if (output === 'name') {
    io.stdout.write(`recovery.kubectl-recover.io/${recovery.metadata.name}\n`);
    return EXIT.success;
  }
  if (!isFollowed) showProgress(recovery, view, new Date(io.clock()));
  view.settle();
  const outcome = outcomeOf(recovery, access);
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
    return isRecovery ? await ofRecovery(flags, access, context) : await ofGroup(flags, access, context);
  } finally {
    await access.close();
  }
};
