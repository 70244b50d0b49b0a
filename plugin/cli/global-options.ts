import type { Argv } from 'yargs';
import type { CommandContext } from '../commands/command-context.ts';
import type { Io } from '../io.ts';
import { parseDuration } from '../recovery/parse-duration.ts';
import { type ColorChoice, paletteOf, usesColor } from '../render/color.ts';
import type { OutputFormat } from '../render/output.ts';

/** Flags that every command takes, with kubectl's spelling. */
export interface GlobalFlags {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly cluster: string | undefined;
  readonly user: string | undefined;
  readonly namespace: string | undefined;
  readonly server: string | undefined;
  readonly token: string | undefined;
  readonly as: string | undefined;
  readonly asGroup: string[] | undefined;
  readonly asUid: string | undefined;
  readonly requestTimeout: string;
  readonly output: OutputFormat | undefined;
  readonly quiet: boolean;
  readonly color: ColorChoice;
}

const GROUP = 'Connection and output:';
const text = (describe: string) => ({ type: 'string', describe, group: GROUP, requiresArg: true }) as const;

export const withGlobalOptions = (yargs: Argv) =>
  yargs
    .option('kubeconfig', text('Path of the kubeconfig'))
    .option('context', text('Context of the cluster; for a recovery the destination'))
    .option('cluster', text('Cluster of the kubeconfig, instead of that of the context'))
    .option('user', text('User of the kubeconfig, instead of that of the context'))
    .option('namespace', { ...text('Namespace of what is made'), alias: 'n' })
    .option('server', { ...text('Address of the API server'), alias: 's' })
    .option('token', text('Bearer token'))
    .option('as', text('User to act as'))
    .option('as-group', {
      type: 'string',
      array: true,
      nargs: 1,
      describe: 'Group to act as; may be repeated',
      group: GROUP,
    })
    .option('as-uid', text('UID to act as'))
    .option('request-timeout', { ...text('Longest wait for one answer of a cluster'), default: '10s' })
    .option('output', {
      ...text('Output for scripts'),
      alias: 'o',
      choices: ['json', 'yaml', 'name', 'wide'] as const,
    })
    .option('quiet', { type: 'boolean', alias: 'q', default: false, describe: 'Tell only errors', group: GROUP })
    .option('color', {
      ...text('When to use colour'),
      choices: ['auto', 'always', 'never'] as const,
      default: 'auto' as const,
    });

/** yargs with those flags, which commands are added to. */
export type GlobalArgv = ReturnType<typeof withGlobalOptions>;

/** What a command is run with. */
export const contextOf = (flags: GlobalFlags, io: Io): CommandContext => ({
  io,
  palette: paletteOf(usesColor(flags.color, io.stderr, io.env)),
  output: flags.output,
  quiet: flags.quiet,
  connection: {
    kubeconfig: flags.kubeconfig,
    context: flags.context,
    cluster: flags.cluster,
    user: flags.user,
    namespace: flags.namespace,
    server: flags.server,
    token: flags.token,
    as: flags.as,
    asGroup: flags.asGroup,
    asUid: flags.asUid,
    requestTimeoutMs: parseDuration(flags.requestTimeout, '--request-timeout') || 10_000,
  },
});
