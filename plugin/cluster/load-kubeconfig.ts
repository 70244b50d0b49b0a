import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { nearestName } from '../../api/nearest-name.ts';
import { RecoverError } from '../../api/recover-error.ts';
import type { ConnectionFlags } from './connection-flags.ts';
import type { Impersonation } from './impersonation.ts';
import { type KubeconfigRest, restOf } from './kubeconfig-rest.ts';
import { overrideCluster, overrideUser } from './override-login.ts';

const invalid = (message: string, mend: string, cause?: unknown): RecoverError =>
  new RecoverError({ code: 'KubeconfigInvalid', message, mend }, { cause });

const MOST_TOLD = 10;

/** The names that there are, and how all of them are listed where they are many. */
const told = (what: 'contexts' | 'clusters' | 'users', names: readonly string[]): string => {
  if (names.length === 0) return `there are no ${what} in it: log in to the cluster first`;
  const list = quoted(names.slice(0, MOST_TOLD));
  return `the ${what} are ${list}${names.length > MOST_TOLD ? `, and more: kubectl config get-${what}` : ''}`;
};

const notThere = (what: 'context' | 'cluster' | 'user', name: string, names: readonly string[]): RecoverError => {
  const near = nearestName(name, names);
  const meant = near === undefined || near === name ? '' : `; did you mean "${near}"?`;
  return invalid(`there is no ${what} "${name}" in the kubeconfig${meant}`, told(`${what}s`, names));
};

const quoted = (names: readonly string[]): string => names.map(name => `"${name}"`).join(', ');

const filesOf = (flags: ConnectionFlags, env: Readonly<Record<string, string | undefined>>): string[] => {
  if (flags.kubeconfig !== undefined) return [flags.kubeconfig];
  const listed = (env['KUBECONFIG'] ?? '').split(delimiter).filter(path => path !== '');
  return listed.length > 0 ? listed : [join(env['HOME'] ?? homedir(), '.kube', 'config')];
};

interface LoadedFile {
  readonly config: KubeConfig;
  readonly rest: KubeconfigRest;
  /** What is wrong with an entry that was left out. */
  readonly broken?: RecoverError;
}

type Users = KubeConfig['users'];

/** client-node leaves out a token file, and where a program is that is named by a path. */
const completeUsers = (users: Users, { users: rest }: KubeconfigRest, path: string): Users =>
  users.map(user => {
    const tokenFile = rest.find(({ name }) => name === user.name)?.tokenFile;
    const command: unknown = user.exec?.command;
    return {
      ...user,
      ...(tokenFile !== undefined && !user.token ? { authProvider: { name: 'tokenFile', config: { tokenFile } } } : {}),
      ...(typeof command === 'string' && command.includes('/')
        ? { exec: { ...user.exec, command: resolve(dirname(path), command) } }
        : {}),
    };
  });

const unreadable = (path: string, cause: unknown): RecoverError => {
  const why = cause instanceof Error ? (cause.message.split('\n', 1)[0] ?? '') : String(cause);
  return invalid(
    `kubeconfig "${path}" cannot be read: ${why}`,
    'look at the file, or name another with --kubeconfig',
    cause,
  );
};

/** A slip in a context that nobody asks for, as of `kubectl config set-context`, is no matter to kubectl either. */
const loadEntries = (config: KubeConfig, content: string, path: string): RecoverError | undefined => {
  try {
    config.loadFromString(content);
    return undefined;
  } catch (cause) {
    config.loadFromString(content, { onInvalidEntry: 'filter' });
    return unreadable(path, cause);
  }
};

const readOne = (path: string): LoadedFile => {
  const config = new KubeConfig();
  try {
    const content = readFileSync(path, 'utf8');
    // kubectl takes an empty file for one without entries.
    if (content.trim() === '') return { config, rest: { clusters: [], users: [] } };
    const broken = loadEntries(config, content, path);
    config.makePathsAbsolute(dirname(path));
    const rest = restOf(content, path);
    config.users = completeUsers(config.users, rest, path);
    return { config, rest, ...(broken === undefined ? {} : { broken }) };
  } catch (cause) {
    throw unreadable(path, cause);
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

/** A kubeconfig with one login, and what client-node leaves out of it. */
export class LoginConfig extends KubeConfig {
  readonly impersonation: Impersonation;
  /** Of the cluster, for its login program. */
  readonly execConfig: unknown;

  constructor(impersonation: Impersonation, execConfig: unknown) {
    super();
    this.impersonation = impersonation;
    this.execConfig = execConfig;
  }
}

const namesOf = (entries: readonly { readonly name: string }[]): string[] => entries.map(({ name }) => name);

/**
 * The kubeconfig that kubectl would use, turned to the context that is asked for.
 * @throws RecoverError `KubeconfigInvalid`
 */
export const loadKubeconfig = (
  flags: ConnectionFlags,
  context: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): LoginConfig => {
  const files = filesOf(flags, env);
  const present = files.filter(path => existsSync(path));
  if (present.length === 0) {
    throw invalid(
      `there is no kubeconfig at ${quoted(files)}`,
      'name one with --kubeconfig or KUBECONFIG, or log in to the cluster first',
    );
  }
  const loaded = present.map(readOne);
  const config = merge(loaded.map(file => file.config));
  const wanted = context ?? config.currentContext;
  if (!wanted) {
    const names = namesOf(config.contexts);
    const choose = names.length === 0 ? '' : 'name one with --context, or choose it: kubectl config use-context NAME; ';
    throw invalid('the kubeconfig has no current context', `${choose}${told('contexts', names)}`);
  }
  const found = config.getContextObject(wanted);
  const cluster = flags.cluster ?? found?.cluster;
  const broken = loaded.find(file => file.broken !== undefined)?.broken;
  // What is asked for may be the very entry that was left out.
  if (broken !== undefined && (cluster === undefined || config.getCluster(cluster) === null)) throw broken;
  if (found === null) {
    throw notThere('context', wanted, namesOf(config.contexts));
  }
  config.setCurrentContext(wanted);
  return withOverrides(config, mergeRest(loaded.map(({ rest }) => rest)), flags);
};

const mergeRest = (rests: readonly KubeconfigRest[]): KubeconfigRest => ({
  clusters: firstOfEachName(rests.map(({ clusters }) => clusters)),
  users: firstOfEachName(rests.map(({ users }) => users)),
});

const checkImpersonation = ({ user, groups, uid, extra }: Impersonation, name: string): void => {
  if (user !== undefined || (groups === undefined && uid === undefined && extra === undefined)) return;
  throw invalid(`user "${name}" of the kubeconfig acts as groups, and as no user`, 'add "as" to it');
};

/** Applies the flags of cluster and login to the current context, as kubectl does. */
const withOverrides = (config: KubeConfig, rest: KubeconfigRest, flags: ConnectionFlags): LoginConfig => {
  const context = config.getContextObject(config.getCurrentContext());
  const clusterName = flags.cluster ?? context?.cluster ?? '';
  const cluster = config.getCluster(clusterName);
  if (cluster === null) throw notThere('cluster', clusterName, namesOf(config.clusters));
  const userName = flags.user ?? context?.user ?? '';
  const user = overrideUser(config.getUser(userName), userName, flags);
  if (user === null) throw notThere('user', userName, namesOf(config.users));
  const impersonation = rest.users.find(({ name }) => name === userName)?.impersonation ?? {};
  checkImpersonation({ ...impersonation, user: impersonation.user ?? flags.as }, userName);
  const overridden = new LoginConfig(impersonation, rest.clusters.find(({ name }) => name === clusterName)?.execConfig);
  overridden.loadFromOptions({
    clusters: [overrideCluster(cluster, flags)],
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
