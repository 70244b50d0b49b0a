import type { ClusterIdentity } from '../../api/kinds/cluster-identity.ts';
import { REQUESTS_NAMESPACE, SELF_IDENTITY } from '../../api/names.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { shellWord } from '../cluster/shell-word.ts';
import type { Check } from './check.ts';
import type { DryRun, ExaminedCluster } from './examined-cluster.ts';
import { type Finding, failed, ok, warning } from './finding.ts';

/** What the catalogue reports of itself, against the version of the plugin. */
export const judgeReport = (
  self: Pick<ClusterIdentity, 'status'> | undefined,
  pluginVersion: string,
  context: string,
): Finding => {
  const install = `an operator runs: kubectl recover install --context ${shellWord(context)}`;
  if (self === undefined) return failed(`there is no ClusterIdentity "${SELF_IDENTITY}"`, install);
  const { version, mode = 'Unknown' } = self.status ?? {};
  if (version === undefined) {
    return failed(
      `the catalogue has reported nothing in ClusterIdentity "${SELF_IDENTITY}" yet`,
      'wait half a minute; if it stays, look at its pods and log in namespace kubectl-recover-system',
    );
  }
  if (version !== pluginVersion) {
    return warning(
      `the catalogue is of version ${version}, this plugin of ${pluginVersion}`,
      'upgrade the older one: the catalogue with kubectl recover install --image REGISTRY/catalogue:VERSION, the plugin with kubectl krew upgrade recover',
    );
  }
  if (mode === 'Unknown') {
    return warning(
      `the catalogue ${version} cannot tell the mode of the walls`,
      'see the lines of the walls; then wait half a minute',
    );
  }
  return ok(`version ${version}, mode ${mode}`);
};

const notAsked = failed(
  `AccessRequests in "${REQUESTS_NAMESPACE}" do not reach the catalogue: its webhooks are not asked`,
  'an operator runs: kubectl recover install',
);

/** A request that passes without a requester has met no catalogue. */
export const judgeAnswer = ({ made }: Pick<DryRun, 'made'>): Finding =>
  made.spec.requester === undefined ? notAsked : ok('its webhooks answer');

const tryToAsk = async (cluster: ExaminedCluster): Promise<Finding> => {
  try {
    return judgeAnswer(await cluster.dryRun());
  } catch (error) {
    // Where the webhooks are gone, the policy on the requester still stands (manifests/base/policies.yaml).
    if (error instanceof RecoverError && error.code === 'RequesterMismatch') return notAsked;
    throw error;
  }
};

export const catalogueReport: Check = {
  name: 'catalogue',
  examine: async cluster => [judgeReport(await cluster.self(), cluster.pluginVersion, cluster.access.context)],
};

/** Whether it really answers, by a request that is judged and not stored. */
export const catalogueAnswers: Check = {
  name: 'catalogue',
  examine: async cluster => [await tryToAsk(cluster)],
};
