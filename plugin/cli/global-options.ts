import type { Argv } from 'yargs';
import { RecoverError } from '../../api/recover-error.ts';
import { checkConnectionFlags } from '../cluster/connection-flags.ts';
import { REFUSED_FLAGS, refuseByName } from '../cluster/refused-flags.ts';
import type { CommandContext } from '../commands/command-context.ts';
import type { Io } from '../io.ts';
import { parseDuration } from '../recovery/parse-duration.ts';
import { type ColorChoice, paletteOf, usesColor } from '../render/color.ts';
import { type OwnFormat, parseOutput } from '../render/output.ts';

/** Flags that every command takes, with kubectl's spelling. */
export interface GlobalFlags {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly cluster: string | undefined;
  readonly user: string | undefined;
  readonly namespace: string | undefined;
  readonly server: string | undefined;
  readonly certificateAuthority: string | undefined;
  readonly clientCertificate: string | undefined;
  readonly clientKey: string | undefined;
  readonly insecureSkipTlsVerify: boolean | undefined;
  readonly tlsServerName: string | undefined;
  readonly token: string | undefined;
  readonly as: string | undefined;
  readonly asGroup: string[] | undefined;
  readonly asUid: string | undefined;
  readonly asUserExtra: string[] | undefined;
  readonly requestTimeout: string;
  readonly output: string | undefined;
  readonly quiet: boolean;
  readonly v: string | undefined;
  readonly color: ColorChoice;
}

const GROUP = 'Connection and output:';
const text = (describe: string) => ({ type: 'string', describe, group: GROUP, requiresArg: true }) as const;

const texts = (describe: string) => ({ type: 'string', array: true, nargs: 1, describe, group: GROUP }) as const;

/** For commands that list: owners cannot watch requests, so it is asked again. */
export const watchOption = {
  type: 'boolean',
  alias: 'w',
  default: false,
  describe: 'Show it, and then what changes, until Ctrl-C',
} as const;

/** kubectl's flags that are refused are known to yargs all the same: else it would call them unknown. */
const withRefusedFlags = (yargs: Argv): Argv => {
  for (const [name, { type }] of Object.entries(REFUSED_FLAGS)) yargs.option(name, { type, hidden: true });
  return yargs.check(refuseByName, true);
};

/**
 * Address, trust and login on the command line are those of --context, in a recovery the destination; impersonation
 * is meant for the source too.
 */
export const withGlobalOptions = (yargs: Argv) =>
  withRefusedFlags(yargs)
    .option('kubeconfig', text('Path of the kubeconfig'))
    .option('context', text('Context of the cluster; for a recovery the destination'))
    .option('cluster', text('Cluster of the kubeconfig, instead of that of the context'))
    .option('user', text('User of the kubeconfig, instead of that of the context'))
    .option('namespace', { ...text('Namespace of what is made'), alias: 'n' })
    .option('server', { ...text('Address of the API server, instead of that of --context'), alias: 's' })
    .option('certificate-authority', text('Path of the CA certificate of the API server'))
    .option('client-certificate', text('Path of a client certificate to log in with'))
    .option('client-key', text('Path of its key'))
    .option('insecure-skip-tls-verify', {
      type: 'boolean',
      describe: 'Do not check the server: others may read and change what is sent',
      group: GROUP,
    })
    .option('tls-server-name', text('Name that the certificate of the API server must have'))
    .option('token', text('Bearer token for --context'))
    .option('as', text('User to act as; --as* is meant for the source of a recovery too'))
    .option('as-group', texts('Group to act as; may be repeated'))
    .option('as-uid', text('UID to act as'))
    .option('as-user-extra', texts('Extra of the user to act as, as KEY=VALUE; may be repeated'))
    .option('request-timeout', { ...text('Longest wait for one answer of a cluster'), default: '10s' })
    .option('output', { ...text('json, yaml, name, wide, jsonpath=TEMPLATE or custom-columns=SPEC'), alias: 'o' })
    .option('quiet', { type: 'boolean', alias: 'q', default: false, describe: 'Tell only errors', group: GROUP })
    .option('v', text('Talkativeness from 0 to 10; from 6 on each request is told, its login and content never'))
    .option('color', {
      ...text('When to use colour'),
      choices: ['auto', 'always', 'never'] as const,
      default: 'auto' as const,
    });

/** yargs with those flags, which commands are added to. */
export type GlobalArgv = ReturnType<typeof withGlobalOptions>;

const parseVerbosity = (text = '0'): number => {
  if (/^(\d|10)$/.test(text)) return Number(text);
  throw new RecoverError({
    code: 'UsageError',
    message: `"${text}" is no level of talk`,
    mend: 'write -v=6 to see each request; the levels are 0 to 10',
  });
};

/**
 * What a command is run with. `own` are the formats that it has beside the structured ones.
 * @throws RecoverError `UsageError` for what it would have to ignore
 */
export const contextOf = (flags: GlobalFlags, io: Io, own: readonly OwnFormat[] = []): CommandContext => ({
  io,
  palette: paletteOf(usesColor(flags.color, io.stderr, io.env)),
  output: flags.output === undefined ? undefined : parseOutput(flags.output, own),
  quiet: flags.quiet,
  connection: checkConnectionFlags({
    kubeconfig: flags.kubeconfig,
    context: flags.context,
    cluster: flags.cluster,
    user: flags.user,
    namespace: flags.namespace,
    server: flags.server,
    certificateAuthority: flags.certificateAuthority,
    clientCertificate: flags.clientCertificate,
    clientKey: flags.clientKey,
    insecureSkipTlsVerify: flags.insecureSkipTlsVerify,
    tlsServerName: flags.tlsServerName,
    token: flags.token,
    as: flags.as,
    asGroup: flags.asGroup,
    asUid: flags.asUid,
    asUserExtra: flags.asUserExtra,
    verbosity: parseVerbosity(flags.v),
    requestTimeoutMs: parseDuration(flags.requestTimeout, '--request-timeout') || 10_000,
  }),
});
