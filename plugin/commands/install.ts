import type { VeleroInstallation } from '../../api/kinds/cluster-identity.ts';
import type { KubeObject } from '../../api/kinds/object-meta.ts';
import { LABELS } from '../../api/names.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { type InstallOptions, renderManifests } from '../../manifests/render-manifests.ts';
import { ADMISSION } from '../checkup/admission-objects.ts';
import { modeOfBinding, type WallMode } from '../checkup/wall-mode.ts';
import { applyObjects } from '../cluster/apply-objects.ts';
import { type ClusterAccess, connect } from '../cluster/connect.ts';
import { findVelero } from '../cluster/find-velero.ts';
import { installedImage } from '../cluster/installed-image.ts';
import { CLUSTER_ADMIN, needingRole } from '../cluster/needing-role.ts';
import { objectName } from '../cluster/object-name.ts';
import { EXIT } from '../exit-codes.ts';
import { isStructured, type StructuredFormat, structured, structuredList } from '../render/output.ts';
import { type CommandContext, tell } from './command-context.ts';
import { parseImage } from './parse-image.ts';

export interface InstallFlags {
  /** Absent: as it is, Audit where nothing is installed yet. */
  readonly mode?: WallMode | undefined;
  readonly catalogueUrl?: string | undefined;
  /** Of the catalogue, in the registry that it was pushed to; absent: the one that is installed. */
  readonly image?: string | undefined;
  /** As namespace/serviceaccount; empty: found by itself. */
  readonly velero: readonly string[];
  readonly yes: boolean;
  readonly dryRun: 'none' | 'client' | 'server';
}

const usage = (message: string, mend: string): RecoverError => new RecoverError({ code: 'UsageError', message, mend });

const parseInstallation = (text: string): VeleroInstallation => {
  const [namespace, serviceAccount, ...rest] = text.split('/');
  if (!namespace || !serviceAccount || rest.length > 0) {
    throw usage(`"${text}" names no Velero`, 'write --velero NAMESPACE/SERVICEACCOUNT');
  }
  return { namespace, serviceAccount };
};

const checkUrl = (url: string): string => {
  if (!/^https:\/\/[^/]+$/.test(url)) throw usage(`"${url}" is no address of a catalogue`, 'write https://HOST:PORT');
  return url;
};

type Catalogue = Pick<InstallOptions, 'catalogueUrl' | 'image'>;

/** Where the catalogue is to run: outside of the cluster, or in it, from an image; nothing where it is not told. */
const namedCatalogue = ({ catalogueUrl, image }: InstallFlags): Catalogue | undefined => {
  if (catalogueUrl !== undefined && image !== undefined) {
    throw usage(
      '--image and --catalogue-url exclude each other',
      'a catalogue outside the cluster needs no image here',
    );
  }
  if (catalogueUrl !== undefined) return { catalogueUrl: checkUrl(catalogueUrl) };
  return image === undefined ? undefined : { image: parseImage(image) };
};

/** The image that is installed stays. */
const presentCatalogue = async (access: ClusterAccess, context: CommandContext): Promise<Catalogue> => {
  const installed = await installedImage(access);
  if (installed === undefined) {
    throw usage(
      'no image of the catalogue is named',
      'build and push it (webhook/Dockerfile), then add --image REGISTRY/catalogue:VERSION, best with its @sha256:DIGEST',
    );
  }
  tell(context, `the image stays "${installed}"; another one is named with --image`);
  return { image: installed };
};

/** Who is trusted as Velero is written into the walls, so a person confirms what was found. */
const confirmed = async (
  found: readonly VeleroInstallation[],
  { yes }: InstallFlags,
  context: CommandContext,
): Promise<readonly VeleroInstallation[]> => {
  const names = found.map(({ namespace, serviceAccount }) => `${namespace}/${serviceAccount}`);
  tell(context, `found Velero: ${names.join(', ')}`);
  if (yes) return found;
  const { io } = context;
  if (!io.stdinIsTTY || !io.stderr.isTTY) {
    throw usage(
      'the service accounts of Velero need to be confirmed',
      `add ${names.map(name => `--velero ${name}`).join(' ')}, or --yes`,
    );
  }
  const answer = await io.question('Are these the accounts that Velero runs under, and no others? [y/N] ');
  if (/^y(es)?$/i.test(answer.trim())) return found;
  throw usage('not confirmed; nothing was changed', 'name them with --velero NAMESPACE/SERVICEACCOUNT');
};

/** An upgrade must not take the walls down; where only some of them refuse, all do again. */
const presentMode = async (access: ClusterAccess): Promise<WallMode> => {
  const bindings = await access.call(client => client.listAll(ADMISSION.bindings, { labelSelector: LABELS.wall }));
  return bindings.some(binding => modeOfBinding(binding) === 'Enforce') ? 'Enforce' : 'Audit';
};

/** One document after another, as kubectl apply reads them; for a template they are a list. */
const printed = (objects: readonly KubeObject[], format: StructuredFormat): string => {
  if (format !== 'json' && format !== 'yaml') return structuredList(objects, format);
  return objects.map(object => structured(object, format)).join(format === 'yaml' ? '---\n' : '');
};

const installIn = async (
  access: ClusterAccess,
  named: Catalogue | undefined,
  flags: InstallFlags,
  context: CommandContext,
): Promise<number> => {
  const { io, output } = context;
  const found = await findVelero(access);
  const catalogue = named ?? (await presentCatalogue(access, context));
  const velero = flags.velero.length > 0 ? flags.velero.map(parseInstallation) : await confirmed(found, flags, context);
  const mode = flags.mode ?? (await presentMode(access));
  const objects = renderManifests({ mode, velero, ...catalogue });
  if (flags.dryRun === 'client') {
    io.stdout.write(printed(objects, isStructured(output) ? output : 'yaml'));
    return EXIT.success;
  }
  const isDryRun = flags.dryRun === 'server';
  await applyObjects(access, objects, io, {
    dryRun: isDryRun,
    onApplied: object => tell(context, `${objectName(object)} ${isDryRun ? 'would be applied (dry run)' : 'applied'}`),
  });
  if (isDryRun) {
    tell(context, `dry run: nothing was changed in cluster "${access.context}"`);
    return EXIT.success;
  }
  tell(
    context,
    `installed in cluster "${access.context}", mode ${mode}; look at it with: kubectl recover cluster show`,
  );
  return EXIT.success;
};

/** `kubectl recover install`: applies the manifests that come with the plugin. Running it again is an upgrade. */
export const install = async (flags: InstallFlags, context: CommandContext): Promise<number> => {
  const { connection, io, output } = context;
  if (isStructured(output) && flags.dryRun !== 'client') {
    throw new RecoverError({
      code: 'UsageError',
      message: '-o is not taken: an installation prints no objects',
      mend: 'leave it out, or print them with --dry-run=client',
    });
  }
  const named = namedCatalogue(flags);
  const access = connect(connection, connection.context, io);
  try {
    return await needingRole(CLUSTER_ADMIN, access, () => installIn(access, named, flags, context));
  } finally {
    await access.close();
  }
};
