import type { StampAnswer } from '../../api/kinds/access-request.ts';
import type { Stored } from '../../api/kinds/object-meta.ts';
import { ANNOTATIONS } from '../../api/names.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { type Backup, VELERO } from '../../api/velero/velero-types.ts';
import { ask } from '../cluster/ask.ts';
import { type ClusterAccess, connect } from '../cluster/connect.ts';
import { shellWord } from '../cluster/shell-word.ts';
import { EXIT } from '../exit-codes.ts';
import { Refusal } from '../refusal.ts';
import { isStructured, structuredList } from '../render/output.ts';
import { table } from '../render/table.ts';
import { type CommandContext, tell } from './command-context.ts';
import { confirm } from './confirm.ts';

export interface StampFlags {
  readonly backups: readonly string[];
  /** Every finished backup that carries no stamp. */
  readonly all: boolean;
  /** Take over the stamps that they carry, of a revoked key. */
  readonly reattest: boolean;
  readonly reason: string | undefined;
  readonly yes: boolean;
  readonly dryRun: 'none' | 'client' | 'server';
}

/** The content of a large backup is read from end to end. */
const PATIENCE_MS = 15 * 60_000;

const FINISHED = new Set(['Completed', 'PartiallyFailed']);

/** What came of one backup: the answer, or why not. */
type Row =
  | StampAnswer
  | { readonly backup: string; readonly code: string; readonly message: string; readonly mend?: string };

const checkUsage = ({ backups, all, reattest, reason }: StampFlags): void => {
  const usage = (message: string, mend: string) => new RecoverError({ code: 'UsageError', message, mend });
  if (all === backups.length > 0) {
    throw usage('which backups?', 'name them, or say --all');
  }
  if (reattest && (all || reason === undefined)) {
    throw usage(
      'whoever held the revoked key could have signed any stamp',
      'with --reattest name each backup and give a --reason',
    );
  }
};

const isUnstamped = ({ metadata, status }: Stored<Backup>): boolean =>
  FINISHED.has(status?.phase ?? '') &&
  !metadata.annotations?.[ANNOTATIONS.stamp] &&
  !metadata.annotations?.[ANNOTATIONS.adoptedStamp];

const unstampedNames = async (access: ClusterAccess): Promise<string[]> => {
  const backups = await access.call(client => client.listAll(VELERO.backups));
  return [...new Set(backups.filter(isUnstamped).map(({ metadata }) => metadata.name))].sort();
};

const adopt = async (
  backup: string,
  { reattest, reason, dryRun }: StampFlags,
  access: ClusterAccess,
  { io }: CommandContext,
): Promise<Row> => {
  const stamp = {
    backup,
    ...(reattest ? { reattest } : {}),
    ...(reason === undefined ? {} : { reason }),
    ...(dryRun === 'server' ? { dryRun: true } : {}),
  };
  try {
    const answer = await ask(access, { wants: { stamp } }, io, PATIENCE_MS);
    if (answer.stamp !== undefined) return answer.stamp;
  } catch (error) {
    // One that cannot be adopted keeps nobody from the others; without the right, or an answer, none can be.
    if (!(error instanceof Refusal) || error.code === 'Forbidden') throw error;
    const [{ message, code, mend } = error] = error.failedChecks;
    return { backup, code, message, ...(mend === undefined ? {} : { mend }) };
  }
  throw new RecoverError({
    code: 'CatalogueMissing',
    message: `the catalogue of cluster "${access.context}" does not know how to adopt backups`,
    mend: `an operator upgrades it with: kubectl recover install --context ${shellWord(access.context)} --image REGISTRY/catalogue:VERSION`,
  });
};

const cells = (row: Row): string[] =>
  'code' in row ? [row.backup, row.code, row.message] : [row.backup, row.outcome, row.groups.join(', ')];

/** Nothing to adopt in a backup is no failure of adopting all of them. */
const failures = (rows: readonly Row[], all: boolean) =>
  rows.flatMap(row => ('code' in row && !(all && row.code === 'PointNotOwned') ? [row] : []));

/** `kubectl recover stamp`: says afterwards whose a backup of this cluster is, so that its owners can use it. */
export const stamp = async (flags: StampFlags, context: CommandContext): Promise<number> => {
  checkUsage(flags);
  const { connection, io, output } = context;
  const access = connect(connection, connection.context, io);
  try {
    const names = flags.all ? await unstampedNames(access) : flags.backups;
    if (names.length === 0) {
      tell(context, `every finished backup of cluster "${access.context}" carries a stamp`);
      return EXIT.success;
    }
    if (flags.dryRun === 'client') {
      io.stdout.write(names.map(name => `${name}\n`).join(''));
      return EXIT.success;
    }
    if (flags.all && flags.dryRun === 'none') {
      tell(
        context,
        `owners of today’s groups will be able to recover what these backups hold of them: ${names.join(', ')}`,
      );
      await confirm(`Adopt ${names.length} backups in cluster "${access.context}"? [y/N] `, flags.yes, context);
    }
    const rows: Row[] = [];
    for (const name of names) rows.push(await adopt(name, flags, access, context));
    io.stdout.write(
      isStructured(output) ? structuredList(rows, output) : table(['BACKUP', 'OUTCOME', 'GROUPS'], rows.map(cells)),
    );
    const failed = failures(rows, flags.all);
    for (const { backup, code, mend } of failed)
      tell(context, `${backup}: ${code}\n  do: ${mend ?? `kubectl recover explain ${code}`}`);
    if (flags.dryRun === 'server') tell(context, 'dry run: nothing was changed');
    else if (failed.length < rows.length)
      tell(context, 'such stamps count in this cluster only; RecoveryPolicies may refuse them: adoptedPoints');
    return failed.length > 0 ? EXIT.refused : EXIT.success;
  } finally {
    await access.close();
  }
};
