import { RecoverError } from '../../api/recover-error.ts';
import { type ClusterAccess, connect } from '../cluster/connect.ts';
import { forSource } from '../cluster/connection-flags.ts';
import { writerRole } from '../cluster/lacking-right.ts';
import { needingRole } from '../cluster/needing-role.ts';
import { EXIT } from '../exit-codes.ts';
import { isStructured } from '../render/output.ts';
import { table } from '../render/table.ts';
import { type Peer, peerName, selfAsPeer } from '../trust/peer-of.ts';
import { applyTrust, type Mapped, planTrust, type TrustPlan } from '../trust/plan-trust.ts';
import { identitiesText } from './cluster-export.ts';
import { type CommandContext, tell } from './command-context.ts';
import { confirm } from './confirm.ts';

export interface ClusterTrustAllFlags extends Mapped {
  /** Each is to trust each other one. */
  readonly contexts: readonly string[];
  readonly yes: boolean;
  readonly dryRun: 'none' | 'client' | 'server';
}

interface Step {
  readonly destination: ClusterAccess;
  readonly source: ClusterAccess;
  readonly plan: TrustPlan;
}

const checkContexts = (contexts: readonly string[]): void => {
  if (contexts.length >= 2 && new Set(contexts.map(peerName)).size === contexts.length) return;
  throw new RecoverError({
    code: 'UsageError',
    message: '--contexts takes two or more contexts, each another',
    mend: 'write --contexts prod,dr,lab',
  });
};

/** Every cluster is read, and every plan made, before anything is written. */
const planAll = async (
  accesses: readonly ClusterAccess[],
  peers: readonly Peer[],
  flags: ClusterTrustAllFlags,
): Promise<Step[]> => {
  const steps: Step[] = [];
  for (const destination of accesses) {
    for (const [index, source] of accesses.entries()) {
      const peer = peers[index];
      if (source === destination || peer === undefined) continue;
      const plan = await needingRole(writerRole(flags), destination, () => planTrust(destination, peer, flags));
      steps.push({ destination, source, plan });
    }
  }
  return steps;
};

const rowOf = ({ destination, source, plan: { identity, change } }: Step): string[] => {
  const { users = [], groups = [] } = identity.spec.identityTrust ?? {};
  const mapped = [...users, ...groups].join(',') || '<nobody>';
  return [
    destination.context,
    source.context,
    identity.metadata.name,
    String(identity.spec.keys?.length),
    mapped,
    change,
  ];
};

const run = async (accesses: readonly ClusterAccess[], flags: ClusterTrustAllFlags, context: CommandContext) => {
  const { io, output } = context;
  const peers: Peer[] = [];
  // What is printed is applied by somebody else.
  const role = isStructured(output) ? undefined : writerRole(flags);
  for (const access of accesses) peers.push(await needingRole(role, access, () => selfAsPeer(access)));
  if (isStructured(output)) {
    const { users, groups } = flags;
    const identityTrust = { ...(users.length > 0 ? { users } : {}), ...(groups.length > 0 ? { groups } : {}) };
    const mapped = users.length + groups.length > 0 ? { identityTrust: identityTrust as { users?: string[] } } : {};
    io.stdout.write(
      identitiesText(
        peers.map(peer => ({ ...peer, spec: { ...peer.spec, ...mapped } })),
        output,
      ),
    );
    tell(context, 'apply these to every one of the clusters; in each, its own entry does nothing');
    return;
  }
  const steps = await planAll(accesses, peers, flags);
  io.stdout.write(table(['CLUSTER', 'TRUSTS', 'AS', 'KEYS', 'MAPPED', 'CHANGE'], steps.map(rowOf)));
  const open = steps.filter(({ plan }) => plan.change !== 'unchanged');
  if (open.length === 0 || flags.dryRun === 'client') {
    tell(context, open.length === 0 ? 'nothing to change' : 'dry run: nothing was changed');
    return;
  }
  if (flags.dryRun === 'none') await confirm(`Write ${open.length} of these? [y/N] `, flags.yes, context);
  for (const { destination, plan } of open) {
    await needingRole(role, destination, () => applyTrust(destination, plan, flags.dryRun === 'server'));
    const verb = flags.dryRun === 'server' ? 'would be applied (dry run)' : 'applied';
    tell(context, `${destination.context}: clusteridentity.kubectl-recover.io/${plan.identity.metadata.name} ${verb}`);
  }
};

/** `kubectl recover cluster trust --contexts a,b,c`: each of the clusters trusts each other one. */
export const clusterTrustAll = async (flags: ClusterTrustAllFlags, context: CommandContext): Promise<number> => {
  checkContexts(flags.contexts);
  const accesses = flags.contexts.map(name => connect(forSource(context.connection), name, context.io));
  try {
    await run(accesses, flags, context);
    return EXIT.success;
  } finally {
    await Promise.all(accesses.map(access => access.close()));
  }
};
