import type { VeleroInstallation } from '../../api/kinds/cluster-identity.ts';
import type { Condition } from '../../api/kinds/condition.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';

/** Condition of `ClusterIdentity/self`: Velero runs as the operator confirmed it. */
export const VELERO_CONFIRMED = 'VeleroConfirmed';

/** Deployments named as `velero install` and its chart name it (plugin/cluster/find-velero.ts looks for the same). */
const PATH = '/apis/apps/v1/deployments?fieldSelector=metadata.name%3Dvelero';

interface DeploymentList {
  readonly items?: readonly {
    readonly metadata: { readonly namespace?: string };
    readonly spec?: { readonly template?: { readonly spec?: { readonly serviceAccountName?: string } } };
  }[];
}

const nameOf = ({ namespace, serviceAccount }: VeleroInstallation): string => `${namespace}/${serviceAccount}`;

const listed = (names: readonly string[]): string => names.map(name => `"${name}"`).join(', ');

/** How the installations that run differ from those that the walls know. Nothing is widened by it: a person decides. */
export const judgeVeleroDrift = (
  running: readonly VeleroInstallation[],
  confirmed: readonly VeleroInstallation[],
): Omit<Condition, 'lastTransitionTime'> => {
  const [there, known] = [running.map(nameOf).sort(), confirmed.map(nameOf).sort()];
  const unconfirmed = there.filter(name => !known.includes(name));
  const gone = known.filter(name => !there.includes(name));
  if (unconfirmed.length + gone.length === 0) {
    return {
      type: VELERO_CONFIRMED,
      status: 'True',
      reason: 'AsConfirmed',
      message: `Velero runs as ${listed(there)}`,
    };
  }
  const parts = [
    ...(unconfirmed.length === 0 ? [] : [`Velero runs as ${listed(unconfirmed)}, which nobody confirmed`]),
    ...(gone.length === 0 ? [] : [`${listed(gone)} is trusted as Velero, but no such Velero is there`]),
  ];
  const message = `${parts.join('; ')} — an operator confirms what is right with: kubectl recover install`;
  return { type: VELERO_CONFIRMED, status: 'False', reason: 'VeleroDrift', message: message.slice(0, 4096) };
};

/** Looks which Veleros run. */
export const runningVeleros = async (client: KubeClient): Promise<readonly VeleroInstallation[]> => {
  const { items = [] } = await client.read<DeploymentList>(PATH);
  return items.map(({ metadata, spec }) => ({
    namespace: metadata.namespace ?? '',
    serviceAccount: spec?.template?.spec?.serviceAccountName ?? 'default',
  }));
};
