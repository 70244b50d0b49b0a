import { connect } from '../cluster/connect.ts';
import { forSource } from '../cluster/connection-flags.ts';
import { EXIT } from '../exit-codes.ts';
import { askPlan } from '../recovery/ask-plan.ts';
import { choosePoint, type PointChoice } from '../recovery/choose-point.ts';
import { getProof } from '../recovery/get-proof.ts';
import { type RestoreFlags, restoreChoice } from '../recovery/restore-choice.ts';
import { isStructured, structured } from '../render/output.ts';
import { planNotes, planSummary, planTable } from '../render/plan-text.ts';
import { type CommandContext, tell } from './command-context.ts';
import { tellChoice } from './tell-choice.ts';

export interface PlanFlags extends RestoreFlags {
  readonly group: string;
  readonly point: PointChoice;
  readonly fromContext?: string | undefined;
}

/** `kubectl recover plan GROUP`: what a recovery would create, find and leave out. Nothing is registered or changed. */
export const plan = async (flags: PlanFlags, context: CommandContext): Promise<number> => {
  const { io, connection, output } = context;
  const restore = restoreChoice(flags);
  const destination = connect(connection, connection.context, io);
  const source = flags.fromContext === undefined ? destination : connect(forSource(connection), flags.fromContext, io);
  try {
    const proof = await getProof(flags.group, source, destination, io);
    const names = { group: flags.group, cluster: destination.context };
    const choice = await choosePoint(flags.point, proof.points, io, names);
    tellChoice(context, flags.point, choice);
    const { point } = choice;
    const isOneCluster = source === destination;
    const made = await askPlan({ group: flags.group, proof, point, restore, isOneCluster }, destination, io);
    if (isStructured(output)) {
      const { backup, source: of, startTime } = point;
      io.stdout.write(structured({ ...names, point: { backup, source: of, startTime }, restore, ...made }, output));
      return EXIT.success;
    }
    io.stdout.write(planTable(made, output === 'wide'));
    tell(context, planSummary(made, restore.existingResources));
    if (made.summary.madeAgain > 0 && output !== 'wide')
      tell(context, 'note: -o wide lists what controllers make again');
    for (const note of planNotes(made)) tell(context, `note: ${note}`);
    return EXIT.success;
  } finally {
    await Promise.all([destination.close(), ...(source === destination ? [] : [source.close()])]);
  }
};
