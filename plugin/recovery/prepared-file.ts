import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import type { Recovery, RecoverySpec } from '../../api/kinds/recovery.ts';
import { recoveryKind } from '../../api/kinds/recovery.ts';
import { ANNOTATIONS, GROUP_VERSION, RANDOM_NAME_PATTERN, REQUESTS_NAMESPACE } from '../../api/names.ts';
import { parserOf } from '../../api/parse.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { object, oneOf, optional, stringMap, text } from '../../api/schema.ts';
import { decodeGrant, type GrantClaims } from '../../api/tokens/grant.ts';
import { type AccessClaims, accessToken } from '../../api/tokens/kinds.ts';
import { decodeToken } from '../../api/tokens/verify-token.ts';

/** A recovery that was signed for a later day: the Recovery to register, and what its tokens say. */
export interface PreparedRecovery {
  readonly recovery: Recovery;
  readonly access: AccessClaims;
  readonly grant: GrantClaims;
  /** ID of the cluster that it was registered in. */
  readonly registeredIn?: string;
}

/** A token, what is asked for and a reason; nothing in it is as long as this. */
const MAX_BYTES = 1 << 20;

const fileSchema = object({
  apiVersion: oneOf([GROUP_VERSION]),
  kind: oneOf(['Recovery']),
  metadata: object({
    name: text({ pattern: RANDOM_NAME_PATTERN }),
    namespace: oneOf([REQUESTS_NAMESPACE]),
    annotations: optional(stringMap({ maxProperties: 16 })),
  }),
  spec: recoveryKind.spec,
});

const unusable = (path: string, why: string, mend: string, cause?: unknown): RecoverError =>
  new RecoverError({ code: 'UsageError', message: `"${path}" ${why}`, mend }, { cause });

const MEND_FORM = 'name a file that kubectl recover prepare has written';

const destinationOf = ({ destination }: AccessClaims): string =>
  destination.cluster === undefined
    ? `any cluster in ${destination.cloud}/${destination.region}`
    : `cluster ${destination.cluster}`;

/** The file: a Recovery that any client can register, under what a person wants to know of it. */
const contentOf = ({ recovery, access, grant, registeredIn }: PreparedRecovery): string => {
  const { annotations: _, ...metadata } = recovery.metadata;
  const pinned = registeredIn === undefined ? {} : { annotations: { [ANNOTATIONS.registeredIn]: registeredIn } };
  const lines = [
    `A prepared recovery: ${grant.group.namespace}/${grant.group.name} from ${access.point.backup}, for ${destinationOf(access)}.`,
    `For "${access.sub}" alone, with a login there, until ${new Date(access.exp * 1000).toISOString()}:`,
    '  kubectl recover -f FILE --context CONTEXT',
    ...(registeredIn === undefined ? [] : [`Registered in cluster ${registeredIn}; it is good for no other one.`]),
  ];
  const object = { ...recovery, metadata: { ...metadata, ...pinned } };
  // kubectl, which may register it too, reads YAML 1.1.
  return `${lines.map(line => `# ${line}\n`).join('')}${stringify(object, { compat: 'yaml-1.1' })}`;
};

/** What a prepared recovery says in its tokens; whether it is true, the destination judges. */
export const preparedOf = (recovery: Recovery, registeredIn?: string): PreparedRecovery => {
  const access = decodeToken(accessToken, recovery.spec.accessToken).claims;
  const grant = decodeGrant(access.grant);
  return { recovery, access, grant, ...(registeredIn === undefined ? {} : { registeredIn }) };
};

const asUnwritable = (path: string, error: unknown): unknown => {
  if (!(error instanceof Error)) return error;
  if ('code' in error && error.code === 'EEXIST') {
    return unusable(path, 'is there already', 'name another file, or overwrite it with --force', error);
  }
  return unusable(path, `cannot be written: ${error.message}`, 'name another file, or look at its folder', error);
};

/** Takes the place of the file at once, whole; nobody else may read it. */
const replaceFile = (path: string, content: string): void => {
  const beside = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    writeFileSync(beside, content, { mode: 0o600, flag: 'wx' });
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw asUnwritable(path, error);
  }
};

/**
 * Writes the file for its owner alone to read.
 * @throws RecoverError `UsageError` if it is there and is not to be overwritten, or cannot be written
 */
export const writePrepared = (path: string, prepared: PreparedRecovery, force: boolean): void => {
  if (force) {
    replaceFile(path, contentOf(prepared));
    return;
  }
  try {
    writeFileSync(path, contentOf(prepared), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    throw asUnwritable(path, error);
  }
};

/** Writes down which cluster it was registered in, or that it is in none after all. */
export const pinPrepared = (path: string, prepared: PreparedRecovery, clusterId: string | undefined): void => {
  const { registeredIn: _, ...rest } = prepared;
  replaceFile(path, contentOf(clusterId === undefined ? rest : { ...rest, registeredIn: clusterId }));
};

const readText = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw unusable(path, `cannot be read: ${why}`, MEND_FORM, cause);
  }
};

/** @throws RecoverError `UsageError` if it is no prepared recovery */
export const readPrepared = (path: string): PreparedRecovery => {
  const content = readText(path);
  if (content.length > MAX_BYTES) throw unusable(path, 'is too large for a prepared recovery', MEND_FORM);
  try {
    const { metadata, spec, ...type } = parserOf(fileSchema, 'the prepared recovery')(parse(content));
    const { annotations = {}, ...named } = metadata;
    const recovery: Recovery = { ...type, metadata: named, spec: spec as RecoverySpec };
    return preparedOf(recovery, annotations[ANNOTATIONS.registeredIn]);
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    throw unusable(path, `is no prepared recovery: ${cause.message.split('\n', 1)[0]}`, MEND_FORM, cause);
  }
};
