import type { KubeObject } from '../../api/kinds/object-meta.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { resourceType } from '../../api/kubernetes/resource-type.ts';

/** Whether walls 1 to 4 refuse or only warn. The bindings in the API server are the truth; this is what they say. */
export type Mode = 'Audit' | 'Enforce' | 'Unknown';

interface PolicyBinding extends KubeObject {
  readonly spec: { readonly validationActions?: readonly string[] };
}

const policyBindings = resourceType<PolicyBinding>(
  'admissionregistration.k8s.io/v1',
  'ValidatingAdmissionPolicyBinding',
  'validatingadmissionpolicybindings',
  false,
);

/** Name of wall 1 and of its binding: who creates Restores. */
const WALL_1 = 'kubectl-recover-restores';

/** Reads the mode from the binding of wall 1; no binding, or an odd one, is `Unknown`. */
export const readMode = async (client: KubeClient): Promise<Mode> => {
  const binding = await client.find(policyBindings, { name: WALL_1 });
  const actions = binding?.spec.validationActions ?? [];
  if (actions.includes('Deny')) return 'Enforce';
  return actions.includes('Warn') ? 'Audit' : 'Unknown';
};
