import type { KubeObject } from '../kinds/object-meta.ts';
import { resourceType } from './resource-type.ts';

/** Kubernetes' own types, with the fields that both sides read. */

export interface Namespace extends KubeObject {
  readonly status?: { readonly phase?: string };
}

export interface NodeObject extends KubeObject {
  readonly spec?: { readonly providerID?: string };
}

export interface Secret extends KubeObject {
  readonly type?: string;
  /** Base64 of each value. */
  readonly data?: Readonly<Record<string, string>>;
}

export interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

export interface RoleBinding extends KubeObject {
  readonly roleRef: { readonly apiGroup: string; readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly kind: string; readonly name: string; readonly namespace?: string }[];
}

export const CORE = {
  namespaces: resourceType<Namespace>('v1', 'Namespace', 'namespaces', false),
  nodes: resourceType<NodeObject>('v1', 'Node', 'nodes', false),
  configMaps: resourceType<ConfigMap>('v1', 'ConfigMap', 'configmaps', true),
  secrets: resourceType<Secret>('v1', 'Secret', 'secrets', true),
  roleBindings: resourceType<RoleBinding>('rbac.authorization.k8s.io/v1', 'RoleBinding', 'rolebindings', true),
} as const;
