import type { PointAnswer } from '../../api/kinds/access-request.ts';
import type { Stored } from '../../api/kinds/object-meta.ts';
import type { Recovery } from '../../api/kinds/recovery.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { type ClusterAccess, connect } from '../cluster/connect.ts';
import { forSource } from '../cluster/connection-flags.ts';
import { EXIT } from '../exit-codes.ts';
import { choosePoint, type PointChoice } from '../recovery/choose-point.ts';
import { follow } from '../recovery/follow.ts';
import { getProof, type Proof } from '../recovery/get-proof.ts';
import { registrationOf } from '../recovery/registration.ts';
import { type RestoreFlags, restoreChoice } from '../recovery/restore-choice.ts';
import { age } from '../render/age.ts';
import { isStructured, structured } from '../render/output.ts';
import { createStepView } from '../render/steps.ts';
import { type CommandContext, tell } from './command-context.ts';

export interface RecoverFlags extends RestoreFlags {
  readonly group: string;
  readonly point: PointChoice;
  readonly fromContext?: string | undefined;
  /** Cluster ID that the destination must have. */
  readonly toCluster?: string | undefined;
  readonly reason?: string | undefined;
  readonly dryRun: 'none' | 'client' | 'server';
  readonly yes: boolean;
  readonly wait: boolean;
  readonly timeoutMs?: number | undefined;
  readonly workloadTimeoutSeconds: number;
}

const placeOf = ({ cloud, region }: { readonly cloud?: string; readonly region?: string }): string =>
  cloud === undefined || region === undefined ? '' : ` (${cloud}/${region})`;

const proofText = ({ claims: { absent, lost, cluster, stamp } }: Proof, source: ClusterAccess): string => {
  if (lost !== undefined) return `cluster ${cluster.id} is lost since ${lost.since}; owners as of ${stamp?.startTime}`;
  if (absent !== undefined)
    return `the group is gone from cluster "${source.context}"; owners as of ${stamp?.startTime}`;
  return `app-group token of cluster "${source.context}"`;
};

const tellPassedOver = (context: CommandContext, passedOver: readonly PointAnswer[]): void => {
  for (const { backup, message, code } of passedOver) {
    tell(context, `passed over ${backup}: ${message ?? 'not usable'}${code === undefined ? '' : ` (${code})`}`);
  }
};

const planText = (flags: RecoverFlags, point: PointAnswer, destination: ClusterAccess, proof: Proof): string => {
  const targets = point.namespaces.map(name => {
    const mapped = flags.map.map(pair => pair.split('=')).find(([from]) => from === name)?.[1];
    return mapped === undefined || mapped === name ? name : `${name} -> ${mapped}`;
  });
  return [
    `${flags.group} <- ${point.backup} (${point.startTime})  ->  ${destination.context}${placeOf(proof.destination)}`,
    `  namespaces  ${targets.join('   ')}`,
    `  volumes     ${flags.volumes}`,
    `  existing    ${flags.existingResources}`,
  ].join('\n');
};

const confirm = async (context: CommandContext, flags: RecoverFlags, plan: string): Promise<void> => {
  const { io } = context;
  tell(context, plan);
  if (flags.yes || flags.dryRun !== 'none' || !io.stdinIsTTY || !io.stderr.isTTY) return;
  const answer = await io.question('Recover? [y/N] ');
  if (/^y(es)?$/i.test(answer.trim())) return;
  throw new RecoverError({ code: 'Interrupted', message: 'not confirmed; nothing was changed' });
};

const checkDestination = (flags: RecoverFlags, access: ClusterAccess, proof: Proof): string => {
  const { id } = proof.destination;
  if (flags.toCluster === undefined || flags.toCluster === id) return id;
  throw new RecoverError({
    code: 'DestinationMismatch',
    message: `cluster "${access.context}" has the ID "${id}", not "${flags.toCluster}"`,
    mend: 'name the context of the cluster that you mean with --context',
  });
};

const printResult = ({ io, output }: CommandContext, recovery: Recovery): void => {
  const { accessToken: _, ...spec } = recovery.spec;
  const { recoveryToken: __, ...status } = recovery.status ?? {};
  if (isStructured(output)) io.stdout.write(structured({ ...recovery, spec, status }, output));
  else if (output === 'name') io.stdout.write(`recovery.kubectl-recover.io/${recovery.metadata.name}\n`);
};

const register = (destination: ClusterAccess, recovery: Recovery, dryRun: boolean): Promise<Stored<Recovery>> =>
  destination.call(client => client.create(OWN.recoveries, recovery, { dryRun }));

/** `kubectl recover GROUP`: proof, point, registration, and then the recovery to its end. */
export const recover = async (flags: RecoverFlags, context: CommandContext): Promise<number> => {
  const { io, palette, connection, quiet } = context;
  const restore = restoreChoice(flags);
  const destination = connect(connection, connection.context, io);
  const source = flags.fromContext === undefined ? destination : connect(forSource(connection), flags.fromContext, io);
  const view = createStepView(io, palette, quiet);
  try {
    const proof = await getProof(flags.group, source, destination, io);
    const id = checkDestination(flags, destination, proof);
    view.set('proof', 'done', `${proofText(proof, source)}, 15 min`);
    view.settle();
    const choice = await choosePoint(flags.point, proof.points, io, {
      group: flags.group,
      cluster: destination.context,
    });
    if (flags.point.kind === 'at') tell(context, `at ${flags.point.asTyped} is ${flags.point.time.toISOString()}`);
    tellPassedOver(context, choice.passedOver);
    const { point } = choice;
    if (point.usable && point.message !== undefined) tell(context, `warning: ${point.message}`);
    await confirm(context, flags, planText(flags, point, destination, proof));
    view.set('point', 'done', `${point.backup}, ${age(point.startTime, new Date(io.clock()))} old`);
    const registration = await registrationOf({
      proof,
      point,
      destination: id,
      restore,
      reason: flags.reason,
      workloadTimeoutSeconds: flags.workloadTimeoutSeconds,
      now: new Date(io.clock()),
    });
    if (flags.dryRun === 'client') {
      tell(context, 'dry run: nothing was sent to be judged');
      printResult(context, registration);
      return EXIT.success;
    }
    const registered = await register(destination, registration, flags.dryRun === 'server');
    if (flags.dryRun === 'server') {
      view.set(
        'checks',
        'done',
        `cluster "${destination.context}" would allow this recovery (dry run: nothing was changed)`,
      );
      printResult(context, registered);
      return EXIT.success;
    }
    const { name } = registered.metadata;
    view.set('registered', 'done', name);
    if (!flags.wait) {
      tell(context, `the recovery goes on; see: kubectl recover status ${name} --context ${destination.context}`);
      printResult(context, registered);
      return EXIT.success;
    }
    const ended = await follow(destination, registered, view, io, flags.timeoutMs);
    tell(context, palette.good(`recovered "${flags.group}" from ${point.backup} in cluster "${destination.context}"`));
    printResult(context, ended);
    return EXIT.success;
  } finally {
    await Promise.all([destination.close(), ...(source === destination ? [] : [source.close()])]);
  }
};
