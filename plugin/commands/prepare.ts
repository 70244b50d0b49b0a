import { existsSync } from 'node:fs';
import { digestOf, randomName } from '../../api/digest.ts';
import type { Destination } from '../../api/kinds/group-parts.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { decodeGrant } from '../../api/tokens/grant.ts';
import { ask } from '../cluster/ask.ts';
import { type ClusterAccess, connect } from '../cluster/connect.ts';
import { forSource } from '../cluster/connection-flags.ts';
import { EXIT } from '../exit-codes.ts';
import { choosePoint, type PointChoice } from '../recovery/choose-point.ts';
import { type DestinationChoice, destinationText, type NamedDestination } from '../recovery/destination.ts';
import { makeEphemeralKey } from '../recovery/ephemeral-key.ts';
import { onlyDestination } from '../recovery/get-proof.ts';
import { preparedOf, writePrepared } from '../recovery/prepared-file.ts';
import { registrationOf } from '../recovery/registration.ts';
import { type RestoreFlags, restoreChoice } from '../recovery/restore-choice.ts';
import { type CommandContext, tell } from './command-context.ts';

export interface PrepareFlags extends RestoreFlags {
  readonly group: string;
  readonly point: PointChoice;
  /** Context of the source; absent: that of --context, and no destination is asked. */
  readonly fromContext?: string | undefined;
  readonly destination: DestinationChoice;
  readonly reason?: string | undefined;
  readonly workloadTimeoutSeconds: number;
  readonly lifeSeconds: number;
  readonly file: string;
  /** Overwrite the file. */
  readonly force: boolean;
}

const BY_HAND = 'name the destination with --to-cluster ID, or with --to-cloud and --to-region';

const NOT_TO_BE_HAD = new Set(['ClusterUnreachable', 'CatalogueMissing']);

/** Asks the destination for its ID; one that does not answer may be told by what the owners allow. */
const askForId = async (
  { connection, io }: CommandContext,
  allowed: readonly Destination[] | undefined,
): Promise<NamedDestination> => {
  const access = connect(connection, connection.context, io);
  try {
    return { kind: 'cluster', id: (await ask(access, { wants: {} }, io)).cluster.id };
  } catch (error) {
    if (!(error instanceof RecoverError) || !NOT_TO_BE_HAD.has(error.code)) throw error;
    const named = onlyDestination(allowed, error.message);
    if (named !== undefined) return named;
    const { code, message } = error;
    throw new RecoverError(
      { code, message: `${message}; so its ID is not to be had`, mend: BY_HAND },
      { cause: error },
    );
  } finally {
    await access.close();
  }
};

const nameDestination = async (
  { destination, fromContext }: PrepareFlags,
  context: CommandContext,
  allowed: readonly Destination[] | undefined,
): Promise<NamedDestination> => {
  if (destination.kind === 'place') {
    return { ...destination, clusterUnavailable: 'named by hand, for a cluster that may not be there yet' };
  }
  if (destination.expectedId !== undefined) return { kind: 'cluster', id: destination.expectedId };
  if (fromContext !== undefined) return askForId(context, allowed);
  throw new RecoverError({ code: 'UsageError', message: 'prepared for which destination?', mend: BY_HAND });
};

const wishOf = (named: NamedDestination): Destination =>
  named.kind === 'cluster' ? { clusterID: named.id } : { cloud: named.cloud, region: named.region };

const checkFile = ({ file, force }: PrepareFlags): void => {
  if (force || !existsSync(file)) return;
  throw new RecoverError({
    code: 'UsageError',
    message: `"${file}" is there already`,
    mend: 'name another file, or overwrite it with --force',
  });
};

const prepareIn = async (source: ClusterAccess, flags: PrepareFlags, context: CommandContext): Promise<void> => {
  const { io } = context;
  const restore = restoreChoice(flags);
  const listed = await ask(source, { group: flags.group, wants: { points: { limit: 500 } } }, io);
  const named = await nameDestination(flags, context, listed.group?.destinations);
  if (named.kind === 'place')
    tell(context, `the destination is ${destinationText(named)}: ${named.clusterUnavailable}`);
  const where = { group: flags.group, cluster: source.context };
  const { point } = await choosePoint(flags.point, listed.points ?? [], io, where);
  const key = await makeEphemeralKey();
  const accessTokenId = randomName();
  const granted = await ask(
    source,
    {
      group: flags.group,
      publicKey: key.publicJwk,
      wants: { grant: true },
      prepare: {
        accessTokenID: accessTokenId,
        point: { backup: point.backup, source: point.source },
        destination: wishOf(named),
        restoreDigest: digestOf(restore),
        lifeSeconds: flags.lifeSeconds,
      },
    },
    io,
  );
  if (granted.grant === undefined) {
    throw new RecoverError({ code: 'InternalError', message: `cluster "${source.context}" answered without a grant` });
  }
  const registration = await registrationOf({
    proof: { key, grant: granted.grant, claims: decodeGrant(granted.grant) },
    point,
    destination: named,
    accessTokenId,
    restore,
    reason: flags.reason,
    workloadTimeoutSeconds: flags.workloadTimeoutSeconds,
    now: new Date(io.clock()),
  });
  const prepared = preparedOf(registration);
  writePrepared(flags.file, prepared, flags.force);
  const until = new Date(prepared.access.exp * 1000).toISOString();
  tell(context, `prepared "${flags.group}" from ${point.backup} for ${destinationText(named)}, until ${until}`);
  tell(context, `there, "${prepared.access.sub}" runs: kubectl recover -f ${flags.file} --context CONTEXT`);
};

/**
 * `kubectl recover prepare GROUP -o FILE`: signs now what is registered later, in a cluster that cannot be asked or is
 * not made yet. The key is not kept: what is in the file cannot be changed by anybody.
 */
export const prepare = async (flags: PrepareFlags, context: CommandContext): Promise<number> => {
  const { connection, io } = context;
  checkFile(flags);
  const source =
    flags.fromContext === undefined
      ? connect(connection, connection.context, io)
      : connect(forSource(connection), flags.fromContext, io);
  try {
    await prepareIn(source, flags, context);
    return EXIT.success;
  } finally {
    await source.close();
  }
};
