import type { Stored } from '../../api/kinds/object-meta.ts';
import type { Recovery } from '../../api/kinds/recovery.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import type { ClusterAccess } from '../cluster/connect.ts';
import { EXIT } from '../exit-codes.ts';
import { follow, statusCommand } from '../recovery/follow.ts';
import { isStructured, structured } from '../render/output.ts';
import type { StepView } from '../render/step-view.ts';
import { type CommandContext, tell } from './command-context.ts';
import { notConfirmed } from './confirm.ts';

export interface RegistrationFlags {
  readonly dryRun: 'none' | 'client' | 'server';
  readonly yes: boolean;
  readonly wait: boolean;
  readonly timeoutMs?: number | undefined;
}

/** What is registered, and as what people know it. */
export interface RegistrationToFollow {
  readonly registration: Recovery;
  readonly group: string;
  readonly backup: string;
  /** What is done around creating it, but not for a dry run; absent: nothing. */
  readonly register?: (create: () => Promise<Stored<Recovery>>) => Promise<Stored<Recovery>>;
}

/** Whether a person will be asked before anything is registered. */
export const willAsk = ({ io }: CommandContext, { yes, dryRun }: RegistrationFlags): boolean =>
  !yes && dryRun === 'none' && io.stdinIsTTY && io.stderr.isTTY;

/** Shows the plan and asks, where there is somebody to ask. @throws RecoverError `Interrupted` */
export const confirm = async (context: CommandContext, flags: RegistrationFlags, plan: string): Promise<void> => {
  const { io } = context;
  tell(context, plan);
  if (!willAsk(context, flags)) return;
  const answer = await io.question('Recover? [y/N] ');
  if (/^y(es)?$/i.test(answer.trim())) return;
  throw notConfirmed();
};

const printResult = ({ io, output }: CommandContext, recovery: Recovery): void => {
  const { accessToken: _, ...spec } = recovery.spec;
  const { recoveryToken: __, ...status } = recovery.status ?? {};
  if (isStructured(output)) io.stdout.write(structured({ ...recovery, spec, status }, output));
  else if (output === 'name') io.stdout.write(`recovery.kubectl-recover.io/${recovery.metadata.name}\n`);
};

/** Follows a recovery that is registered to its end, unless nobody wants to wait. */
export const followRegistered = async (
  destination: ClusterAccess,
  registered: Stored<Recovery>,
  { group, backup }: Pick<RegistrationToFollow, 'group' | 'backup'>,
  flags: RegistrationFlags,
  view: StepView,
  context: CommandContext,
): Promise<number> => {
  const { name, creationTimestamp } = registered.metadata;
  if (!flags.wait) {
    tell(context, `the recovery goes on; see: ${statusCommand(name, destination)}`);
    printResult(context, registered);
    return EXIT.success;
  }
  const title = `Recovery of "${group}" from ${backup} in cluster "${destination.context}"`;
  view.begin(title, Date.parse(creationTimestamp));
  const ended = await follow(destination, registered, view, context.io, flags.timeoutMs);
  tell(context, context.palette.good(`recovered "${group}" from ${backup} in cluster "${destination.context}"`));
  printResult(context, ended);
  return EXIT.success;
};

/** Creates the Recovery in the destination, or has it judged only, and follows it. */
export const registerAndFollow = async (
  destination: ClusterAccess,
  { registration, register = create => create(), ...what }: RegistrationToFollow,
  flags: RegistrationFlags,
  view: StepView,
  context: CommandContext,
): Promise<number> => {
  if (flags.dryRun === 'client') {
    tell(context, 'dry run: nothing was sent to be judged');
    printResult(context, registration);
    return EXIT.success;
  }
  const dryRun = flags.dryRun === 'server';
  const create = () => destination.call(client => client.create(OWN.recoveries, registration, { dryRun }));
  const registered = await (dryRun ? create() : register(create));
  if (dryRun) {
    const where = `cluster "${destination.context}"`;
    view.set('checks', 'done', `${where} would allow this recovery (dry run: nothing was changed)`);
    printResult(context, registered);
    return EXIT.success;
  }
  view.set('registered', 'done', registered.metadata.name);
  return followRegistered(destination, registered, what, flags, view, context);
};
