import type { KubeObject } from '../../api/kinds/object-meta.ts';
import { resourceType } from '../../api/kubernetes/resource-type.ts';

/** What of a Deployment is looked at: who it runs as, and what. */
export interface Deployment extends KubeObject {
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly serviceAccountName?: string;
        readonly containers?: readonly { readonly image?: string }[];
      };
    };
  };
}

export const DEPLOYMENTS = resourceType<Deployment>('apps/v1', 'Deployment', 'deployments', true);
