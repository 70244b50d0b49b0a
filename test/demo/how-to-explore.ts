import type { Person } from './person.ts';
import type { Scene } from './scene.ts';

const become = ({ name, env }: Person): string => `  export KUBECONFIG=${env['KUBECONFIG']}  # ${name}`;

/** How to look around in the clusters that were kept, for a second terminal. */
export const howToExplore = ({ environment, commandFolder, operator, alice, bob }: Scene): string => `
The clusters are up; logs and data are in ${environment.environment.dir}.
In another terminal, with kubectl, velero and the plugin:

  export PATH=${commandFolder}:$PATH

Be one of these, with the contexts "prod" (the current one) and "dr":

${[alice, bob, operator].map(become).join('\n')}

As alice:

  kubectl recover group show shop
  kubectl recover points shop -o wide
  kubectl recover status shop
  kubectl recover shop --latest --dry-run=server
  kubectl recover explain NamespaceTaken

As the operator:

  kubectl get applicationgroups,namespaceclaims -A
  kubectl get recoveries -A
  kubectl get clusteridentities,recoverypolicies --context dr
  velero backup get

Ctrl-C here stops the clusters and deletes them.
`;
