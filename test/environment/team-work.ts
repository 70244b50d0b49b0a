import type { Cluster } from '../clusters/cluster.ts';
import { waitUntil } from '../clusters/wait-until.ts';
import type { ClusterName, RecoveryEnvironment, TestUser } from './recovery-environment.ts';
import type { SampleApplication } from './sample-application.ts';

/** What teams and platforms do around a recovery, in the way they do it. */

/** Registers a group as its team does, with the plugin, and waits until its namespaces are claimed. */
export const registerGroup = async (
  owner: TestUser,
  cluster: ClusterName,
  name: string,
  namespaces: readonly string[],
  ...more: readonly string[]
): Promise<void> => {
  const home = namespaces[0] ?? name;
  const result = await owner.recover(
    ...['group', 'create', name, '--namespaces', namespaces.join(','), '--owner', `user:${owner.name}`],
    ...['--context', cluster, '-n', home, ...more],
  );
  if (result.exitCode !== 0) throw new Error(`group "${name}" was not registered:\n${result.stderr}`);
  await waitUntil(
    `group "${name}" ready`,
    async () => {
      const path = 'jsonpath={.status.conditions[?(@.type=="Ready")].status}';
      return (await owner.kubectl(cluster, 'get', 'applicationgroup', name, '-n', home, '-o', path)) === 'True';
    },
    { timeoutSeconds: 60 },
  );
};

/** Backs up the whole cluster, as a platform's schedule does, and returns the phase it ended in. */
export const backUp = async (cluster: Cluster, name: string, ...more: readonly string[]): Promise<string> => {
  // The command fails for a partially failed backup; what came of it is told by its phase.
  await cluster.velero('backup', 'create', name, ...more);
  let phase = '';
  await waitUntil(
    `backup "${name}" finished`,
    async () => {
      phase = await cluster.kubectl('get', 'backups.velero.io', name, '-n', 'velero', '-o', 'jsonpath={.status.phase}');
      return ['Completed', 'PartiallyFailed', 'Failed', 'FailedValidation'].includes(phase);
    },
    { timeoutSeconds: 60 },
  );
  return phase;
};

/** The bad day: everything that the team made is gone, the namespaces are still there. */
export const emptyNamespaces = async (cluster: Cluster, application: SampleApplication): Promise<void> => {
  const kinds = [
    'deployments.apps,statefulsets.apps,cronjobs.batch,horizontalpodautoscalers.autoscaling',
    'ingresses.networking.k8s.io,services,configmaps,secrets,recipes.shop.example',
    'roles.rbac.authorization.k8s.io',
  ].join(',');
  for (const namespace of application.namespaces) {
    await cluster.kubectl('delete', kinds, '--all', '-n', namespace, '--wait=true');
    await cluster.kubectl('delete', 'rolebinding', 'reader', '-n', namespace, '--ignore-not-found');
  }
};

/** Has another cluster see the backups of the bucket now, rather than at Velero's tick of a minute. */
export const syncBackups = async (
  environment: RecoveryEnvironment,
  cluster: ClusterName,
  backup: string,
): Promise<void> => {
  const { veleroServer } = environment.clusters[cluster];
  await veleroServer.stop();
  await veleroServer.start();
  await waitUntil(
    `backup "${backup}" seen in "${cluster}"`,
    async () => {
      const name = await environment.clusters[cluster].kubectl(
        ...['get', 'backups.velero.io', backup, '-n', 'velero', '--ignore-not-found', '-o', 'name'],
      );
      return name !== '';
    },
    { timeoutSeconds: 90 },
  );
};
