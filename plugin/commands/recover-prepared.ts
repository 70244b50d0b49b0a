import type { Stored } from '../../api/kinds/object-meta.ts';
import type { Recovery } from '../../api/kinds/recovery.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { ask } from '../cluster/ask.ts';
import { type ClusterAccess, connect } from '../cluster/connect.ts';
import { whoAmI } from '../cluster/who-am-i.ts';
import { type PreparedRecovery, pinPrepared, readPrepared } from '../recovery/prepared-file.ts';
import { Refusal } from '../refusal.ts';
import { type CommandContext, tell } from './command-context.ts';
import { confirm, followRegistered, type RegistrationFlags, registerAndFollow } from './register-and-follow.ts';
import { stepViewOf } from './step-view-of.ts';

export interface PreparedFlags extends RegistrationFlags {
  readonly file: string;
}

/** The Recovery's name lets anybody read it; only whom it was prepared for is shown what became of it. */
const checkCaller = async (access: ClusterAccess, { access: { sub } }: PreparedRecovery): Promise<void> => {
  const review = await whoAmI((path, body) => access.call(client => client.review(path, body)));
  const username = review.status?.userInfo?.username;
  if (username === sub) return;
  throw new RecoverError({
    code: 'RequesterMismatch',
    message: `the recovery was prepared for "${sub}"; in cluster "${access.context}" you are "${username ?? ''}"`,
    mend: `run the command with a login that is "${sub}", or prepare one of your own: kubectl recover prepare GROUP`,
  });
};

const checkDestination = (prepared: PreparedRecovery, id: string, { context }: ClusterAccess, file: string): void => {
  const named = prepared.access.destination.cluster;
  if (named !== undefined && named !== id) {
    throw new RecoverError({
      code: 'DestinationMismatch',
      message: `the recovery was prepared for cluster "${named}"; cluster "${context}" has the ID "${id}"`,
      mend: 'name the context of the cluster that you mean with --context',
    });
  }
  if (prepared.registeredIn === undefined || prepared.registeredIn === id) return;
  throw new RecoverError({
    code: 'TokenUsed',
    message: `the recovery was registered in cluster "${prepared.registeredIn}"; cluster "${context}" has the ID "${id}"`,
    mend: `see what became of it there with: kubectl recover -f ${file} --context CONTEXT; for another cluster prepare another one`,
  });
};

const checkLife = ({ access, grant }: PreparedRecovery, now: number): void => {
  if (access.exp * 1000 > now) return;
  throw new RecoverError({
    code: 'TokenExpired',
    message: `the prepared recovery was good until ${new Date(access.exp * 1000).toISOString()}`,
    mend: `run kubectl recover ${grant.group.name}, or prepare it again`,
  });
};

const planText = ({ recovery, access, grant }: PreparedRecovery, { context }: ClusterAccess): string => {
  const { volumes, existingResources, namespaceMapping = {} } = recovery.spec.restore;
  const mapped = Object.entries(namespaceMapping).map(([from, to]) => `${from} -> ${to}`);
  return [
    `${grant.group.namespace}/${grant.group.name} <- ${access.point.backup}  ->  ${context}`,
    `  prepared    ${new Date(access.iat * 1000).toISOString()}, by "${access.sub}"`,
    ...(mapped.length === 0 ? [] : [`  namespaces  ${mapped.join('   ')}`]),
    `  volumes     ${volumes.toLowerCase()}`,
    `  existing    ${existingResources.toLowerCase()}`,
  ].join('\n');
};

/**
 * Writes into the file which cluster it goes to before it goes there, where it would fit several: a crash in between
 * leaves it good for this one alone. Only a refusal, which changed nothing there, frees it again.
 */
const pinned = async (
  file: string,
  prepared: PreparedRecovery,
  clusterId: string,
  create: () => Promise<Stored<Recovery>>,
): Promise<Stored<Recovery>> => {
  if (prepared.access.destination.cluster !== undefined) return create();
  pinPrepared(file, prepared, clusterId);
  try {
    return await create();
  } catch (error) {
    if (error instanceof Refusal) pinPrepared(file, prepared, prepared.registeredIn);
    throw error;
  }
};

/** `kubectl recover -f FILE`: registers what was prepared, once, and follows it like any other. */
export const recoverPrepared = async (flags: PreparedFlags, context: CommandContext): Promise<number> => {
  const { io, connection } = context;
  const { file } = flags;
  const prepared = readPrepared(file);
  const { recovery, access: claims, grant } = prepared;
  const destination = connect(connection, connection.context, io);
  const view = stepViewOf(context);
  const what = { group: grant.group.name, backup: claims.point.backup };
  try {
    await checkCaller(destination, prepared);
    const { cluster } = await ask(destination, { wants: {} }, io);
    checkDestination(prepared, cluster.id, destination, file);
    const { name, namespace } = recovery.metadata;
    const existing = await destination.call(client => client.find(OWN.recoveries, { name, namespace }));
    if (existing !== undefined) {
      const { creationTimestamp } = existing.metadata;
      tell(context, `registered in cluster "${destination.context}" since ${creationTimestamp}; it is not repeated`);
      return await followRegistered(destination, existing, what, flags, view, context);
    }
    checkLife(prepared, io.clock());
    await confirm(context, flags, planText(prepared, destination));
    const register = (create: () => Promise<Stored<Recovery>>) => pinned(file, prepared, cluster.id, create);
    return await registerAndFollow(destination, { ...what, registration: recovery, register }, flags, view, context);
  } finally {
    await destination.close();
  }
};
