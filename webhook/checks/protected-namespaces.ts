import { CATALOGUE_NAMESPACE, REQUESTS_NAMESPACE } from '../../api/names.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import { fitsAny } from './name-pattern.ts';

/** Never claimed, never a target; `openshift` itself stands beside its prefix, which does not cover it. */
const ALWAYS_PROTECTED = ['kube-*', 'default', 'openshift', 'openshift-*', CATALOGUE_NAMESPACE, REQUESTS_NAMESPACE];

/** Whether nobody may claim this namespace or recover into it. */
export const isProtectedNamespace = (name: string, state: Pick<ClusterState, 'self' | 'policies'>): boolean => {
  const byPolicy = state.policies().flatMap(policy => policy.spec.protectedNamespaces ?? []);
  return fitsAny(name, [...ALWAYS_PROTECTED, ...state.self().veleroNamespaces, ...byPolicy]);
};
