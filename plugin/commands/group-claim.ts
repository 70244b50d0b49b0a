import { RecoverError } from '../../api/recover-error.ts';
import { ask } from '../cluster/ask.ts';
import { connect } from '../cluster/connect.ts';
import { shellWord } from '../cluster/shell-word.ts';
import { EXIT } from '../exit-codes.ts';
import { isStructured, structured } from '../render/output.ts';
import { type CommandContext, tell } from './command-context.ts';

export interface GroupClaimFlags {
  readonly group: string;
  readonly dryRun: 'none' | 'client' | 'server';
}

/**
 * `kubectl recover group claim GROUP`: says that namespaces made anew are the group's again, and that this cluster holds
 * its active copy.
 */
export const groupClaim = async ({ group, dryRun }: GroupClaimFlags, context: CommandContext): Promise<number> => {
  const { connection, io, output } = context;
  if (dryRun === 'client') {
    throw new RecoverError({
      code: 'UsageError',
      message: 'a claim is judged by the cluster, so there is nothing to show without it',
      mend: 'use --dry-run=server',
    });
  }
  const access = connect(connection, connection.context, io);
  try {
    const isDryRun = dryRun === 'server';
    const { claim } = await ask(access, { group, wants: { claim: { dryRun: isDryRun } } }, io);
    if (claim === undefined) {
      throw new RecoverError({
        code: 'InternalError',
        message: `cluster "${access.context}" answered without saying what was claimed`,
      });
    }
    const { id, namespace, name, namespaces } = claim;
    if (isStructured(output)) io.stdout.write(structured(claim, output));
    else if (output === 'name') io.stdout.write(`${namespace}/${name}\n`);
    else
      io.stdout.write(
        `applicationgroup.kubectl-recover.io/${name} ${isDryRun ? 'would be claimed (dry run)' : 'claimed'}\n`,
      );
    tell(context, `${namespace}/${name} is group ${id}, with ${namespaces.join(', ')}`);
    if (!isDryRun) tell(context, `recover it with: kubectl recover ${name} --context ${shellWord(access.context)}`);
    return EXIT.success;
  } finally {
    await access.close();
  }
};
