import type { PointAnswer } from '../../api/kinds/access-request.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { type ClusterAccess, connect } from '../cluster/connect.ts';
import { forSource } from '../cluster/connection-flags.ts';
import { nameSource } from '../cluster/name-contexts.ts';
import { askPlan } from '../recovery/ask-plan.ts';
import { choosePoint, type PointChoice } from '../recovery/choose-point.ts';
import { type DestinationChoice, destinationText } from '../recovery/destination.ts';
import { getProof, type Proof } from '../recovery/get-proof.ts';
import type { Plan } from '../recovery/make-plan.ts';
import { registrationOf } from '../recovery/registration.ts';
import { type RestoreFlags, restoreChoice } from '../recovery/restore-choice.ts';
import { age } from '../render/age.ts';
import { planNotes, planSummary } from '../render/plan-text.ts';
import { type CommandContext, tell } from './command-context.ts';
import { confirm, type RegistrationFlags, registerAndFollow, willAsk } from './register-and-follow.ts';
import { stepViewOf } from './step-view-of.ts';
import { tellChoice } from './tell-choice.ts';

export interface RecoverFlags extends RestoreFlags, RegistrationFlags {
  readonly group: string;
  readonly point: PointChoice;
  readonly fromContext?: string | undefined;
  readonly destination: DestinationChoice;
  readonly reason?: string | undefined;
  readonly workloadTimeoutSeconds: number;
}

const placeOf = ({ destination, cluster }: Proof): string => {
  if (destination.kind === 'place') return ` (${destinationText(destination)})`;
  const { cloud, region } = cluster ?? {};
  return cloud === undefined || region === undefined ? '' : ` (${cloud}/${region})`;
};

const proofText = ({ claims: { absent, lost, cluster, stamp } }: Proof, source: ClusterAccess): string => {
  if (lost !== undefined) return `cluster ${cluster.id} is lost since ${lost.since}; owners as of ${stamp?.startTime}`;
  if (absent !== undefined)
    return `the group is gone from cluster "${source.context}"; owners as of ${stamp?.startTime}`;
  return `app-group token of cluster "${source.context}"`;
};

/** The destination judges; but what it will say, and what could be taken instead, is known. */
const tellUnusable = (context: CommandContext, point: PointAnswer, points: readonly PointAnswer[]): void => {
  if (point.usable) return;
  const other = points.find(({ usable }) => usable);
  const instead =
    other === undefined ? 'no other can be used either' : `one that can is ${other.backup}: --point ${other.backup}`;
  tell(context, `warning: ${point.backup} cannot be used now: ${point.message ?? point.phase}; ${instead}`);
};

const headText = (flags: RecoverFlags, point: PointAnswer, destination: ClusterAccess, proof: Proof): string => {
  const targets = point.namespaces.map(name => {
    const mapped = flags.map.map(pair => pair.split('=')).find(([from]) => from === name)?.[1];
    return mapped === undefined || mapped === name ? name : `${name} -> ${mapped}`;
  });
  return [
    `${flags.group} <- ${point.backup} (${point.startTime})  ->  ${destination.context}${placeOf(proof)}`,
    `  namespaces  ${targets.join('   ')}`,
    `  volumes     ${flags.volumes}`,
    `  existing    ${flags.existingResources}`,
  ].join('\n');
};

/** What would move, in counts. Without Velero's answer the recovery is still possible, and said to be unseen. */
const planLines = async (existing: 'Keep' | 'Update', make: () => Promise<Plan>): Promise<string[]> => {
  try {
    const plan = await make();
    return [`  plan        ${planSummary(plan, existing)}`, ...planNotes(plan).map(note => `              ${note}`)];
  } catch (error) {
    if (!(error instanceof RecoverError) || error.code !== 'PlanUnavailable') throw error;
    return [`  plan        not known: ${error.message}`];
  }
};

const checkDestination = (
  { destination: choice }: RecoverFlags,
  access: ClusterAccess,
  { destination }: Proof,
): void => {
  if (choice.kind !== 'context' || choice.expectedId === undefined) return;
  if (destination.kind === 'cluster' && destination.id === choice.expectedId) return;
  const found = destination.kind === 'cluster' ? `has the ID "${destination.id}"` : 'did not tell its ID';
  throw new RecoverError({
    code: 'DestinationMismatch',
    message: `cluster "${access.context}" ${found}, not "${choice.expectedId}"`,
    mend: 'name the context of the cluster that you mean with --context',
  });
};

/** `kubectl recover GROUP`: proof, point, registration, and then the recovery to its end. */
export const recover = async (flags: RecoverFlags, context: CommandContext): Promise<number> => {
  const { io, connection } = context;
  const restore = restoreChoice(flags);
  const destination = connect(connection, connection.context, io);
  const source = flags.fromContext === undefined ? destination : connect(forSource(connection), flags.fromContext, io);
  const view = stepViewOf(context);
  try {
    const proof = await getProof(flags.group, source, destination, io, flags.destination);
    checkDestination(flags, destination, proof);
    view.set('proof', 'done', `${proofText(proof, source)}, 15 min`);
    view.settle();
    if (proof.destination.kind === 'place') {
      const { clusterUnavailable } = proof.destination;
      tell(context, `the destination is ${destinationText(proof.destination)}: ${clusterUnavailable}`);
    }
    const listedIn = proof.cluster === undefined ? source : destination;
    const choice = await choosePoint(flags.point, proof.points, io, { group: flags.group, cluster: listedIn.context });
    tellChoice(context, flags.point, choice);
    const { point } = choice;
    for (const warning of proof.warnings) tell(context, `warning: ${warning}`);
    tellUnusable(context, point, proof.points);
    const input = { group: flags.group, proof, point, restore, isOneCluster: source === destination };
    const isSeen = flags.dryRun === 'server' || willAsk(context, flags);
    const plan = isSeen ? await planLines(restore.existingResources, () => askPlan(input, destination, io)) : [];
    await confirm(context, flags, [headText(flags, point, destination, proof), ...plan].join('\n'));
    view.set('point', 'done', `${point.backup}, ${age(point.startTime, new Date(io.clock()))} old`);
    const registration = await registrationOf({
      proof,
      point,
      destination: proof.destination,
      restore,
      reason: flags.reason,
      workloadTimeoutSeconds: flags.workloadTimeoutSeconds,
      now: new Date(io.clock()),
    });
    const what = { registration, group: flags.group, backup: point.backup };
    return await registerAndFollow(destination, what, flags, view, context);
  } catch (error) {
    throw source === destination ? error : nameSource(error, source.context);
  } finally {
    await Promise.all([destination.close(), ...(source === destination ? [] : [source.close()])]);
  }
};
