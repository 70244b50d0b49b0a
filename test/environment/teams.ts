import type { Cluster } from '../clusters/cluster.ts';
import { atMost } from './at-most.ts';
import type { RecoveryEnvironment, TestUser } from './recovery-environment.ts';
import type { PluginResult } from './run-plugin.ts';
import { runPluginHere } from './run-plugin-here.ts';
import { adminBinding } from './sample-application.ts';

/** One of many teams: a person with logins of their own, and a group in a namespace, both of one name. */
export interface Team {
  readonly name: string;
  readonly owner: TestUser;
  /** The owner at the own machine: `kubectl recover` without a process for each of the many. */
  recover(...args: readonly string[]): Promise<PluginResult>;
}

/** Keys are made and programs run on the two cores of a small machine; more at once only wait for each other. */
const AT_ONCE = 6;

/** The login name of a team's owner. */
export const ownerOf = (name: string): string => `owner-of-${name}`;

/** Small, so that sixty of them are no more than a few hundred objects, and not like any other team's. */
const objectsOf = (namespace: string): object[] => {
  const labels = { app: 'web', team: namespace };
  return [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace }, data: { of: namespace } },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'account', namespace },
      stringData: { name: `sample-account-of-${namespace}` },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace, labels },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: { containers: [{ name: 'web', image: `registry.example/${namespace}/web:1` }] },
        },
      },
    },
  ];
};

export const teamNames = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `team-${String(index + 1).padStart(2, '0')}`);

/** The teams with new logins in the clusters that are there now. */
export const teamsOf = (environment: RecoveryEnvironment, names: readonly string[]): Promise<Team[]> =>
  atMost(AT_ONCE, names, async name => {
    const owner = await environment.user(ownerOf(name));
    const kubeconfigs = Object.values(owner.kubeconfigs);
    return { name, owner, recover: (...args) => runPluginHere(args, { kubeconfigs }) };
  });

/** Sets up each team's namespace and application, as platform and teams do. */
export const deployTeams = async (cluster: Cluster, names: readonly string[]): Promise<void> => {
  await cluster.apply(
    ...names.flatMap(name => [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
      adminBinding(name, ownerOf(name)),
    ]),
  );
  await cluster.apply(...names.flatMap(objectsOf));
};

/** Each owner registers the group, with the plugin; resolves when all are ready. */
export const registerTeams = async (
  cluster: Cluster,
  teams: readonly Team[],
  ...more: readonly string[]
): Promise<void> => {
  await atMost(AT_ONCE, teams, async ({ name, owner, recover }) => {
    const { exitCode, stderr } = await recover(
      ...['group', 'create', name, '--namespaces', name, '--owner', `user:${owner.name}`],
      ...['--context', cluster.name, '-n', name, ...more],
    );
    if (exitCode !== 0) throw new Error(`group "${name}" was not registered:\n${stderr}`);
  });
  await cluster.kubectl('wait', '--for=condition=Ready', 'applicationgroups', '--all', '-A', '--timeout=60s');
};
