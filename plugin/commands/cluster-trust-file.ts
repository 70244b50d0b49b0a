import { connect } from '../cluster/connect.ts';
import { writerRole } from '../cluster/lacking-right.ts';
import { needingRole } from '../cluster/needing-role.ts';
import { EXIT } from '../exit-codes.ts';
import { type Mapped, planTrust } from '../trust/plan-trust.ts';
import { readPeers } from '../trust/read-peers.ts';
import { applyAndTell } from './cluster-trust.ts';
import { type CommandContext, tell } from './command-context.ts';

export interface ClusterTrustFileFlags extends Mapped {
  readonly filename: string;
  readonly dryRun: 'none' | 'client' | 'server';
}

/**
 * `kubectl recover cluster trust -f FILE`: trusts the clusters of a file that `cluster export` has written. The cluster
 * itself, as it was before it was installed anew, gets its former keys back: its old backups count again.
 */
export const clusterTrustFile = async (flags: ClusterTrustFileFlags, context: CommandContext): Promise<number> => {
  const peers = readPeers(flags.filename);
  const destination = connect(context.connection, context.connection.context, context.io);
  const asWriter = <Answer>(act: () => Promise<Answer>) => needingRole(writerRole(flags), destination, act);
  try {
    // All are planned first: a name that is taken is told before anything is written.
    const plans = [];
    for (const peer of peers) plans.push(await asWriter(() => planTrust(destination, peer, flags)));
    for (const plan of plans) {
      const { metadata, spec } = plan.identity;
      if (plan.isSelf && plan.change === 'unchanged') {
        tell(context, `cluster "${destination.context}" holds its own keys of the file already`);
        continue;
      }
      await asWriter(() => applyAndTell(plan, flags.dryRun, destination, context));
      if (flags.dryRun !== 'none') continue;
      tell(
        context,
        plan.isSelf
          ? `backups that cluster "${destination.context}" stamped before count again, by ${spec.keys?.length} former keys`
          : `cluster "${destination.context}" trusts grants and stamps of "${metadata.name}" (${spec.clusterID})`,
      );
    }
    return EXIT.success;
  } finally {
    await destination.close();
  }
};
