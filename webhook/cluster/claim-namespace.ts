import type { NamespaceClaim } from '../../api/kinds/namespace-claim.ts';
import type { Stored } from '../../api/kinds/object-meta.ts';
import { isAlreadyExists } from '../../api/kubernetes/api-error.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { GROUP_VERSION } from '../../api/names.ts';

/**
 * Claims the namespace with this UID, and returns the claim as it stands: this one, or that of whoever was first.
 * Creating it is the lock, so safe to repeat; whose it is, the caller looks at.
 */
export const claimNamespace = async (
  client: KubeClient,
  uid: string,
  spec: NamespaceClaim['spec'],
): Promise<Stored<NamespaceClaim>> => {
  try {
    return await client.create(OWN.namespaceClaims, {
      apiVersion: GROUP_VERSION,
      kind: 'NamespaceClaim',
      metadata: { name: uid },
      spec,
    });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    return client.get(OWN.namespaceClaims, { name: uid });
  }
};
