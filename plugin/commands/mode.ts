import { LABELS } from '../../api/names.ts';
import { RecoverError } from '../../api/recover-error.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { ADMISSION, BARE_WEBHOOK, WEBHOOKS_NAME } from '../checkup/admission-objects.ts';
import { BEFORE_ENFORCING } from '../checkup/checks.ts';
import { examinedCluster } from '../checkup/examined-cluster.ts';
import { actionsOf, bareWebhook, changesTo, type ModeObjects } from '../checkup/mode-changes.ts';
import { runChecks } from '../checkup/run-checks.ts';
import { modeOfWalls, type WallMode } from '../checkup/wall-mode.ts';
import { type ClusterAccess, connect } from '../cluster/connect.ts';
import { CLUSTER_ADMIN, needingRole } from '../cluster/needing-role.ts';
import { shellWord } from '../cluster/shell-word.ts';
import { EXIT } from '../exit-codes.ts';
import { Refusal } from '../refusal.ts';
import { isStructured, structured } from '../render/output.ts';
import { table } from '../render/table.ts';
import { type CommandContext, tell } from './command-context.ts';
import { confirm } from './confirm.ts';

export interface ModeFlags {
  /** Absent: it is shown. */
  readonly target: 'audit' | 'enforce' | undefined;
  /** Enforce whatever the checks say. */
  readonly force: boolean;
  readonly yes: boolean;
  readonly dryRun: 'none' | 'client' | 'server';
}

const readObjects = async (access: ClusterAccess): Promise<ModeObjects> => {
  const [bindings, webhooks] = await access.call(client =>
    Promise.all([
      client.listAll(ADMISSION.bindings, { labelSelector: LABELS.wall }),
      client.find(ADMISSION.validating, { name: WEBHOOKS_NAME }),
    ]),
  );
  if (bindings.length > 0) return { bindings, webhooks };
  throw new RecoverError({
    code: 'CatalogueMissing',
    message: `cluster "${access.context}" has no walls`,
    mend: `an operator runs: kubectl recover install --context ${shellWord(access.context)}`,
  });
};

const show = (objects: ModeObjects, access: ClusterAccess, { io, output }: CommandContext): void => {
  const mode = modeOfWalls(objects.bindings);
  const failurePolicy = bareWebhook(objects)?.failurePolicy ?? '<none>';
  if (isStructured(output)) {
    const walls = objects.bindings.map(({ metadata, spec }) => ({
      wall: metadata.labels?.[LABELS.wall],
      binding: metadata.name,
      validationActions: spec.validationActions ?? [],
    }));
    const webhook = { name: BARE_WEBHOOK, failurePolicy };
    io.stdout.write(structured({ context: access.context, mode, walls, webhook }, output));
    return;
  }
  const rows = objects.bindings.map(binding => [
    binding.metadata.labels?.[LABELS.wall] ?? '',
    binding.metadata.name,
    actionsOf(binding),
  ]);
  rows.sort(([a = ''], [b = '']) => a.localeCompare(b));
  io.stdout.write(`Mode: ${mode}\n\n${table(['WALL', 'BY', 'DOES'], [...rows, ['', BARE_WEBHOOK, failurePolicy]])}`);
};

/** What the switch means, and for whom. */
const CONSEQUENCES: Readonly<Record<WallMode, readonly string[]>> = {
  Enforce: [
    'people, pipelines  a Restore by hand, by velero restore create too, is refused; they use kubectl recover GROUP',
    'operators          to write backups, schedules and other objects of Velero takes the RBAC verb "operate": ClusterRole kubectl-recover-operator',
    'Velero             backs up as before; restores only into namespaces that are being recovered, nothing cluster-wide but volumes',
    'in an emergency    a person with the RBAC verb "bypass" still restores by hand, with a reason: docs/break-glass.md',
  ],
  Audit: [
    'people, pipelines  a Restore by hand passes again, with a warning: whoever may create one can restore anything anywhere',
    'operators          writing objects of Velero without the RBAC verb "operate" passes, with a warning',
    'Velero             may again write wherever a Restore sends it',
    'as before          recoveries of the catalogue are checked, the catalogue’s own objects and marks stay protected',
  ],
};

/**
 * Enforcing while something is broken would stop recoveries, or Velero itself.
 * @throws Refusal with what to mend
 */
const refuseUnlessWell = async (access: ClusterAccess, context: CommandContext): Promise<void> => {
  const findings = await runChecks(BEFORE_ENFORCING, examinedCluster(access, context.io, packageJson.version));
  const [first, ...others] = findings
    .filter(({ state }) => state !== 'ok')
    .map(({ check, what, mend }) => ({
      check,
      code: 'CheckFailed' as const,
      message: what,
      ...(mend === undefined ? {} : { mend }),
    }));
  if (first === undefined) return;
  throw new Refusal(`cluster "${access.context}" is not fit for mode Enforce; mend this, or insist with --force`, [
    first,
    ...others,
  ]);
};

const switchTo = async (mode: WallMode, flags: ModeFlags, access: ClusterAccess, context: CommandContext) => {
  const changes = changesTo(mode, await readObjects(access));
  if (changes.length === 0) {
    tell(context, `cluster "${access.context}" is in mode ${mode} already`);
    return;
  }
  if (mode === 'Enforce' && !flags.force) await refuseUnlessWell(access, context);
  tell(context, `mode ${mode} in cluster "${access.context}" changes:`);
  for (const line of CONSEQUENCES[mode]) tell(context, `  ${line}`);
  if (flags.dryRun === 'none') await confirm(`Switch to mode ${mode}? [y/N] `, flags.yes, context);
  for (const { text, make } of changes) {
    if (flags.dryRun !== 'client') await make(access, flags.dryRun === 'server');
    tell(context, text);
  }
  tell(
    context,
    flags.dryRun === 'none'
      ? `cluster "${access.context}" is in mode ${mode}; the catalogue follows within 10 s`
      : 'dry run: nothing was changed',
  );
};

/** `kubectl recover mode [audit|enforce]`: shows or switches whether the walls refuse or only warn. */
export const mode = async (flags: ModeFlags, context: CommandContext): Promise<number> => {
  const { connection, io } = context;
  if (flags.target !== undefined && context.output !== undefined) {
    throw new RecoverError({
      code: 'UsageError',
      message: '-o is not taken when the mode is switched',
      mend: 'leave it out; kubectl recover mode -o json shows which it is',
    });
  }
  const access = connect(connection, connection.context, io);
  try {
    await needingRole(CLUSTER_ADMIN, access, async () => {
      if (flags.target === undefined) show(await readObjects(access), access, context);
      else await switchTo(flags.target === 'enforce' ? 'Enforce' : 'Audit', flags, access, context);
    });
    return EXIT.success;
  } finally {
    await access.close();
  }
};
