import type { Cluster } from '../clusters/cluster.ts';
import { adminBinding } from './sample-application.ts';

/** Namespaces with one ConfigMap each, for tests that look at who may recover, not at what comes back. */
export const deployPlain = async (cluster: Cluster, admin: string, ...namespaces: readonly string[]): Promise<void> => {
  await cluster.apply(
    ...namespaces.flatMap(namespace => [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      adminBinding(namespace, admin),
    ]),
  );
  await cluster.apply(
    ...namespaces.map(namespace => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings', namespace },
      data: { of: namespace },
    })),
  );
};
