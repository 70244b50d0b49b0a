import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { RecoverError } from '../../api/recover-error.ts';
import type { ConnectionFlags } from './connection-flags.ts';

const invalid = (message: string, mend: string, cause?: unknown): RecoverError =>
  new RecoverError({ code: 'KubeconfigInvalid', message, mend }, { cause });

const quoted = (names: readonly string[]): string => names.map(name => `"${name}"`).join(', ') || 'none';

const filesOf = (flags: ConnectionFlags, env: Readonly<Record<string, string | undefined>>): string[] => {
  if (flags.kubeconfig !== undefined) return [flags.kubeconfig];
  const listed = (env['KUBECONFIG'] ?? '').split(delimiter).filter(path => path !== '');
  return listed.length > 0 ? listed : [join(env['HOME'] ?? homedir(), '.kube', 'config')];
};

const readOne = (path: string): KubeConfig => {
  const config = new KubeConfig();
  try {
    config.loadFromFile(path);
    return config;
  } catch (cause) {
    const why = cause instanceof Error ? (cause.message.split('\n', 1)[0] ?? '') : String(cause);
    throw invalid(
      `kubeconfig "${path}" cannot be read: ${why}`,
      'look at the file, or name another with --kubeconfig',
      cause,
    );
  }
};

const firstOfEachName = <Entry extends { readonly name: string }>(lists: readonly (readonly Entry[])[]): Entry[] => [
  ...new Map(lists.toReversed().flatMap(entries => entries.map(entry => [entry.name, entry] as const))).values(),
];

/** Merges as kubectl does: of two entries with one name the first file's counts, and the first current context. */
const merge = (configs: readonly KubeConfig[]): KubeConfig => {
  const merged = new KubeConfig();
  merged.loadFromOptions({
    clusters: firstOfEachName(configs.map(config => config.clusters ?? [])),
    contexts: firstOfEachName(configs.map(config => config.contexts ?? [])),
    users: firstOfEachName(configs.map(config => config.users ?? [])),
    currentContext: configs.map(config => config.currentContext).find(context => Boolean(context)) ?? '',
  });
  return merged;
};

/**
 * The kubeconfig that kubectl would use, turned to the context that is asked for.
 * @throws RecoverError `KubeconfigInvalid`
 */
export const loadKubeconfig = (
  flags: ConnectionFlags,
  context: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): KubeConfig => {
  const files = filesOf(flags, env);
  const present = files.filter(path => existsSync(path));
  if (present.length === 0) {
    throw invalid(
      `there is no kubeconfig at ${quoted(files)}`,
      'name one with --kubeconfig or KUBECONFIG, or log in to the cluster first',
    );
  }
  const config = merge(present.map(readOne));
  const wanted = context ?? config.currentContext;
  if (!wanted) throw invalid('the kubeconfig has no current context', 'name one with --context');
  const found = config.getContextObject(wanted);
  if (found === null) {
    const known = quoted(config.contexts.map(({ name }) => name));
    throw invalid(`there is no context "${wanted}" in the kubeconfig`, `the contexts are ${known}`);
  }
  config.setCurrentContext(wanted);
  return withOverrides(config, flags);
};

/** Applies --cluster, --user, --server and --token to the current context, as kubectl does. */
const withOverrides = (config: KubeConfig, flags: ConnectionFlags): KubeConfig => {
  const context = config.getContextObject(config.getCurrentContext());
  const clusterName = flags.cluster ?? context?.cluster ?? '';
  const cluster = config.getCluster(clusterName);
  if (cluster === null) throw invalid(`there is no cluster "${clusterName}" in the kubeconfig`, 'look at its contexts');
  const userName = flags.user ?? context?.user ?? '';
  // A token needs no user in the kubeconfig beside it.
  const user = flags.token === undefined ? config.getUser(userName) : { name: userName, token: flags.token };
  if (user === null) throw invalid(`there is no user "${userName}" in the kubeconfig`, 'look at its contexts');
  const overridden = new KubeConfig();
  overridden.loadFromOptions({
    clusters: [flags.server === undefined ? cluster : { ...cluster, server: flags.server }],
    users: [user],
    contexts: [
      {
        name: config.getCurrentContext(),
        cluster: cluster.name,
        user: user.name,
        ...(context?.namespace === undefined ? {} : { namespace: context.namespace }),
      },
    ],
    currentContext: config.getCurrentContext(),
  });
  return overridden;
};
