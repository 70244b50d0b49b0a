import type { ClusterIdentity } from '../../api/kinds/cluster-identity.ts';
import type { Stored } from '../../api/kinds/object-meta.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { SELF_IDENTITY } from '../../api/names.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { type ClusterAccess, connect } from '../cluster/connect.ts';
import { needingRole } from '../cluster/needing-role.ts';
import { shellWord } from '../cluster/shell-word.ts';
import { EXIT } from '../exit-codes.ts';
import { isStructured, structured } from '../render/output.ts';
import { type CommandContext, tell } from './command-context.ts';

interface LossFlags {
  readonly name: string;
  readonly dryRun: 'none' | 'client' | 'server';
}

export interface DeclareLostFlags extends LossFlags {
  readonly reason: string;
}

type Loss = { readonly reason: string; readonly since: string } | null;

const peerOf = async (access: ClusterAccess, name: string): Promise<Stored<ClusterIdentity>> => {
  const peer = await access.call(client => client.find(OWN.clusterIdentities, { name }));
  if (peer !== undefined && name !== SELF_IDENTITY) return peer;
  throw new RecoverError({
    code: 'NotFound',
    message: `cluster "${access.context}" has no peer "${name}"`,
    mend: `its peers: kubectl recover cluster show --context ${shellWord(access.context)}`,
  });
};

const write = async (flags: LossFlags, lost: Loss, access: ClusterAccess, context: CommandContext): Promise<void> => {
  const patch = { spec: { lost } };
  if (flags.dryRun === 'client') {
    context.io.stdout.write(structured(patch, isStructured(context.output) ? context.output : 'yaml'));
    return;
  }
  const dryRun = flags.dryRun === 'server';
  const patched = await access.call(client =>
    client.mergePatch(OWN.clusterIdentities, { name: flags.name }, patch, { dryRun }),
  );
  const verb = dryRun ? 'would be patched (dry run)' : 'patched';
  const { io, output } = context;
  const named = `clusteridentity.kubectl-recover.io/${flags.name}`;
  if (isStructured(output)) io.stdout.write(structured(patched, output));
  else io.stdout.write(output === 'name' ? `${named}\n` : `${named} ${verb}\n`);
};

/** To say that another cluster is gone is a decision of its own, with a ClusterRole of its own. */
const ROLE = 'kubectl-recover-declare-lost';

const withAccess = async (context: CommandContext, act: (access: ClusterAccess) => Promise<void>): Promise<number> => {
  const access = connect(context.connection, context.connection.context, context.io);
  try {
    await needingRole(ROLE, access, () => act(access));
    return EXIT.success;
  } finally {
    await access.close();
  }
};

/** `kubectl recover cluster declare-lost`: from now on owners recover that cluster's groups here, with nothing of it. */
export const declareLost = (flags: DeclareLostFlags, context: CommandContext): Promise<number> =>
  withAccess(context, async access => {
    const { spec } = await peerOf(access, flags.name);
    if (spec.lost !== undefined) {
      tell(context, `"${flags.name}" is declared lost since ${spec.lost.since} already: ${spec.lost.reason}`);
      return;
    }
    const since = new Date(context.io.clock()).toISOString();
    await write(flags, { reason: flags.reason, since }, access, context);
    if (flags.dryRun !== 'none') return;
    tell(
      context,
      `owners of "${flags.name}" now recover with: kubectl recover GROUP --context ${shellWord(access.context)}`,
    );
    tell(
      context,
      `should "${flags.name}" still live, two copies of a group can run; undo: kubectl recover cluster declare-found ${flags.name}`,
    );
  });

/** `kubectl recover cluster declare-found`: undoes `declare-lost`. */
export const declareFound = (flags: LossFlags, context: CommandContext): Promise<number> =>
  withAccess(context, async access => {
    const { spec } = await peerOf(access, flags.name);
    if (spec.lost === undefined) {
      tell(context, `"${flags.name}" is not declared lost`);
      return;
    }
    await write(flags, null, access, context);
    if (flags.dryRun !== 'none') return;
    tell(context, `groups of "${flags.name}" are recovered with a grant of that cluster again`);
  });
