import type { KubeObject } from '../../api/kinds/object-meta.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { resourceType } from '../../api/kubernetes/resource-type.ts';
import { LABELS } from '../../api/names.ts';

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

const WALLS = ['1', '2', '3', '4'] as const;

const modeOf = ({ spec }: PolicyBinding): Mode => {
  const actions = spec.validationActions ?? [];
  if (actions.includes('Deny')) return 'Enforce';
  return actions.includes('Warn') ? 'Audit' : 'Unknown';
};

/** Reads the mode from the bindings of the walls; one that is missing, or odd, or unlike the others is `Unknown`. */
export const readMode = async (client: KubeClient): Promise<Mode> => {
  const bindings = await client.listAll(policyBindings, { labelSelector: LABELS.wall });
  const [mode = 'Unknown', ...others] = new Set(
    WALLS.map(wall => {
      const own = bindings.filter(({ metadata }) => metadata.labels?.[LABELS.wall] === wall);
      const modes = new Set(own.map(modeOf));
      return modes.size === 1 ? [...modes][0] : 'Unknown';
    }),
  );
  return others.length === 0 ? mode : 'Unknown';
};
