import { existsSync, writeFileSync } from 'node:fs';
import { isConcluded } from '../../api/kinds/is-concluded.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { GROUP_VERSION } from '../../api/names.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { type ClusterAccess, connect } from '../cluster/connect.ts';
import { CLUSTER_ADMIN, needingRole } from '../cluster/needing-role.ts';
import { objectName } from '../cluster/object-name.ts';
import { findInstallation, type Installed, removeInstallation } from '../cluster/remove-installation.ts';
import { servedResources } from '../cluster/served-types.ts';
import { shellWord } from '../cluster/shell-word.ts';
import { EXIT } from '../exit-codes.ts';
import { exportedIdentities, identitiesText } from './cluster-export.ts';
import { type CommandContext, tell } from './command-context.ts';
import { confirm } from './confirm.ts';

export interface UninstallFlags {
  /** File for the public keys and peers, which a later installation reads back. */
  readonly export: string | undefined;
  /** They are to be lost. */
  readonly forgetKeys: boolean;
  readonly dryRun: 'none' | 'client' | 'server';
  readonly yes: boolean;
}

const usage = (message: string, mend: string): RecoverError => new RecoverError({ code: 'UsageError', message, mend });

const checkFlags = ({ export: file, forgetKeys }: UninstallFlags): void => {
  if (file !== undefined && forgetKeys) throw usage('--export and --forget-keys exclude each other', 'leave one out');
  if (file === undefined && !forgetKeys) {
    throw usage(
      'with the catalogue go its public keys and its peers; without them no backup that it stamped is a recovery point again',
      'add --export FILE, and keep the file where the cluster is not; or --forget-keys',
    );
  }
  if (file === undefined || !existsSync(file)) return;
  throw usage(
    `"${file}" is there already`,
    'name another file; if it is of an earlier run of this command, add --forget-keys in place of --export',
  );
};

interface Ours {
  readonly groups: number;
  readonly running: number;
}

const countOurs = async (access: ClusterAccess): Promise<Ours | undefined> => {
  const { resources } = await servedResources(access, GROUP_VERSION);
  if (resources.length === 0) return undefined;
  const groups = await access.call(client => client.listAll(OWN.applicationGroups, { metadataOnly: true }));
  const recoveries = await access.call(client => client.listAll(OWN.recoveries));
  const running = recoveries.filter(recovery => !isConcluded(recovery));
  return { groups: groups.length, running: running.length };
};

const tellConsequences = (ours: Ours | undefined, file: string | undefined, context: CommandContext): void => {
  const { groups = 0, running = 0 } = ours ?? {};
  const lines = [
    'people, pipelines  whoever may create a Restore can again restore anything anywhere',
    `groups             ${groups} registered, and go; backups with their stamps stay`,
    ...(running === 0
      ? []
      : [`recoveries         ${running} running: Velero ends what it does, and nobody tells what came of it`]),
    file === undefined
      ? 'keys               are lost: no backup stamped so far will be a recovery point again'
      : `keys               their public halves, and the peers, are in ${file}`,
    'stays              what was restored, rights of owners in it, bindings of ClusterRoles that operators made',
  ];
  for (const line of lines) tell(context, `  ${line}`);
};

const writeKeys = async (file: string, access: ClusterAccess, context: CommandContext): Promise<void> => {
  const text = identitiesText(await exportedIdentities(access, { name: undefined, all: true }), undefined);
  try {
    writeFileSync(file, text, { flag: 'wx' });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw usage(`"${file}" cannot be written: ${why}`, 'name another file, or look at its folder');
  }
  tell(context, `public keys and peers written to ${file}`);
};

const removeFrom = async (
  access: ClusterAccess,
  found: readonly Installed[],
  flags: UninstallFlags,
  context: CommandContext,
): Promise<void> => {
  const ours = await countOurs(access);
  if (flags.export !== undefined && ours === undefined) {
    throw usage(
      `cluster "${access.context}" has no keys to export any more`,
      'what is left goes with --forget-keys in place of --export',
    );
  }
  tell(context, `without the catalogue in cluster "${access.context}":`);
  tellConsequences(ours, flags.export, context);
  if (flags.dryRun === 'none') await confirm('Remove it? [y/N] ', flags.yes, context);
  if (flags.export !== undefined && flags.dryRun === 'none') await writeKeys(flags.export, access, context);
  if (flags.dryRun === 'client') {
    for (const { object } of found) tell(context, `${objectName(object)} would be deleted (dry run)`);
  } else {
    const isDryRun = flags.dryRun === 'server';
    await removeInstallation(access, found, context.io, {
      dryRun: isDryRun,
      onDone: what => tell(context, isDryRun ? `${what} (dry run)` : what),
    });
  }
  if (flags.dryRun !== 'none') {
    tell(context, `dry run: nothing was changed in cluster "${access.context}"`);
    return;
  }
  tell(context, `removed from cluster "${access.context}"`);
  tell(
    context,
    'Velero looks every five minutes which kinds there are; a backup before that misses ours and ends PartiallyFailed, unless Velero is restarted',
  );
  if (flags.export === undefined) return;
  tell(
    context,
    `after a new installation: kubectl recover cluster trust -f ${shellWord(flags.export)} --context ${shellWord(access.context)}`,
  );
};

/** `kubectl recover uninstall`: takes away what `install` has applied, and leaves Velero as it was. Safe to run again. */
export const uninstall = async (flags: UninstallFlags, context: CommandContext): Promise<number> => {
  const { connection, io, output } = context;
  checkFlags(flags);
  if (output !== undefined) throw usage('-o is not taken: nothing is printed', 'leave it out');
  const access = connect(connection, connection.context, io);
  try {
    await needingRole(CLUSTER_ADMIN, access, async () => {
      const found = await findInstallation(access);
      if (found.length === 0) tell(context, `nothing of the catalogue is in cluster "${access.context}"`);
      else await removeFrom(access, found, flags, context);
    });
    return EXIT.success;
  } finally {
    await access.close();
  }
};
