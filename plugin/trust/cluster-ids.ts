import { OWN } from '../../api/kubernetes/resource-type.ts';
import { SELF_IDENTITY } from '../../api/names.ts';
import { RecoverError } from '../../api/recover-error.ts';
import type { ClusterAccess } from '../cluster/connect.ts';
import { shellWord } from '../cluster/shell-word.ts';

const CLUSTER_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The IDs of clusters that the destination knows by name. */
export const clusterIds = (names: readonly string[], destination: ClusterAccess): Promise<string[]> =>
  Promise.all(
    names.map(async name => {
      if (CLUSTER_ID.test(name)) return name;
      const known = await destination.call(client => client.find(OWN.clusterIdentities, { name }));
      const id = name === SELF_IDENTITY ? known?.status?.clusterID : known?.spec.clusterID;
      if (id !== undefined) return id;
      throw new RecoverError({
        code: 'NotFound',
        message: `cluster "${destination.context}" has no peer "${name}"`,
        mend: `name a peer, "${SELF_IDENTITY}" or a cluster ID: kubectl recover cluster show --context ${shellWord(destination.context)}`,
      });
    }),
  );
