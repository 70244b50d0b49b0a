import { digestOf } from '../digest.ts';
import type { BackupSelection, LabelSelector } from './velero-types.ts';

/** A sync drops empty maps and lists within a selector too. */
const selector = (of: LabelSelector | null | undefined) => ({
  matchLabels: of?.matchLabels ?? {},
  matchExpressions: (of?.matchExpressions ?? []).map(({ key, operator, values }) => ({
    key,
    operator,
    values: values ?? [],
  })),
});

/**
 * Digest of what a Backup selects. An absent field and an empty one mean the same to Velero and count as the same;
 * everything else of the spec is about how, not what (hooks, which a sync drops; location, which it renames).
 */
export const selectionDigest = (spec: BackupSelection): string =>
  digestOf({
    includedNamespaces: spec.includedNamespaces ?? [],
    excludedNamespaces: spec.excludedNamespaces ?? [],
    includedResources: spec.includedResources ?? [],
    excludedResources: spec.excludedResources ?? [],
    includedClusterScopedResources: spec.includedClusterScopedResources ?? [],
    excludedClusterScopedResources: spec.excludedClusterScopedResources ?? [],
    includedNamespaceScopedResources: spec.includedNamespaceScopedResources ?? [],
    excludedNamespaceScopedResources: spec.excludedNamespaceScopedResources ?? [],
    includeClusterResources: spec.includeClusterResources ?? null,
    labelSelector: selector(spec.labelSelector),
    orLabelSelectors: (spec.orLabelSelectors ?? []).map(selector),
  });
