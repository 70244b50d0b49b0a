import { RecoverError } from '../../api/recover-error.ts';
import { type ClusterAccess, connect } from '../cluster/connect.ts';
import { forSource } from '../cluster/connection-flags.ts';
import { writerRole } from '../cluster/lacking-right.ts';
import { needingRole } from '../cluster/needing-role.ts';
import { EXIT } from '../exit-codes.ts';
import { isStructured, structured } from '../render/output.ts';
import { clusterIds } from '../trust/cluster-ids.ts';
import { type Peer, selfAsPeer } from '../trust/peer-of.ts';
import { applyTrust, type Mapped, planTrust, type TrustPlan } from '../trust/plan-trust.ts';
import { type CommandContext, tell } from './command-context.ts';

type DryRun = 'none' | 'client' | 'server';

export interface ClusterTrustFlags extends Mapped {
  readonly fromContext: string;
  /** Name of the peer's ClusterIdentity; absent: the one it has, or that of its context. */
  readonly name?: string | undefined;
  /** Clusters whose groups the peer took over: their IDs, names of peers of the destination, or `self` for itself. */
  readonly speaksFor: readonly string[];
  readonly dryRun: DryRun;
}

/** Writes what was planned and says so, as kubectl does. */
export const applyAndTell = async (
  plan: TrustPlan,
  dryRun: DryRun,
  destination: ClusterAccess,
  { io, output }: CommandContext,
): Promise<void> => {
  if (dryRun === 'client') {
    io.stdout.write(structured(plan.identity, isStructured(output) ? output : 'yaml'));
    return;
  }
  const applied = await applyTrust(destination, plan, dryRun === 'server');
  const named = `clusteridentity.kubectl-recover.io/${plan.identity.metadata.name}`;
  if (isStructured(output)) io.stdout.write(structured(applied, output));
  else if (output === 'name') io.stdout.write(`${named}\n`);
  else io.stdout.write(`${named} ${dryRun === 'server' ? 'would be applied (dry run)' : 'applied'}\n`);
};

/** Of the source the keys are read, and no more; who lacks even that is told what the destination takes too. */
const readSource = async (
  source: ClusterAccess,
  destination: ClusterAccess,
  flags: ClusterTrustFlags,
): Promise<Peer> => {
  const role = writerRole(flags);
  if (source.context === destination.context) return needingRole(role, source, () => selfAsPeer(source));
  try {
    return await selfAsPeer(source);
  } catch (error) {
    if (!(error instanceof RecoverError) || error.code !== 'Forbidden' || role === undefined) throw error;
    const { code, message, mend } = error;
    const there = `in cluster "${destination.context}" the command takes the ClusterRole "${role}"`;
    throw new RecoverError({ code, message, mend: `${mend}; ${there}` }, { cause: error });
  }
};

/**
 * `kubectl recover cluster trust`: writes the public keys of one cluster into another, so that its grants and stamps
 * count there, and which of its users and groups mean the same. Repeating it changes nothing; what is not named on
 * the command line stays as it is, and a key that was revoked stays revoked.
 */
export const clusterTrust = async (flags: ClusterTrustFlags, context: CommandContext): Promise<number> => {
  const { connection, io } = context;
  const source = connect(forSource(connection), flags.fromContext, io);
  const destination = connect(connection, connection.context, io);
  try {
    const peer = await readSource(source, destination, flags);
    const plan = await needingRole(writerRole(flags), destination, async () => {
      const speaksFor = await clusterIds(flags.speaksFor, destination);
      const planned = await planTrust(destination, peer, { ...flags, speaksFor });
      await applyAndTell(planned, flags.dryRun, destination, context);
      return planned;
    });
    if (flags.dryRun === 'client') return EXIT.success;
    const { clusterID, identityTrust } = plan.identity.spec;
    if (plan.isSelf) {
      tell(context, `"${source.context}" and "${destination.context}" are one cluster, which trusts itself`);
      return EXIT.success;
    }
    tell(
      context,
      `cluster "${destination.context}" ${flags.dryRun === 'server' ? 'would trust' : 'trusts'} grants and stamps of cluster "${source.context}" (${clusterID})`,
    );
    for (const cluster of plan.identity.spec.speaksFor ?? []) {
      tell(context, `"${source.context}" speaks there for groups that were first registered in cluster ${cluster}`);
    }
    if (identityTrust === undefined) {
      tell(context, `nobody of "${source.context}" is mapped yet; say who means the same with --users and --groups`);
    }
    return EXIT.success;
  } finally {
    await Promise.all([source.close(), destination.close()]);
  }
};
