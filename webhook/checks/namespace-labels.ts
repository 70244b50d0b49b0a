import type { Problem } from '../../api/recover-error.ts';
import type { PolicyView } from '../state/views.ts';

/** What policies say a namespace that is made for a recovery carries; the labels in the backup say nothing. */
export const namespaceLabels = (policies: readonly PolicyView[]): Readonly<Record<string, string>> =>
  Object.fromEntries(policies.flatMap(({ spec }) => Object.entries(spec.newNamespaces.labels ?? {})));

/** Policies that cannot both be followed: all that match must allow, so neither gives way. */
export const labelProblems = (policies: readonly PolicyView[]): Problem[] => {
  const said = new Map<string, { readonly policy: string; readonly value: string }>();
  const problems: Problem[] = [];
  for (const { name, spec } of policies) {
    for (const [key, value] of Object.entries(spec.newNamespaces.labels ?? {})) {
      const other = said.get(key);
      if (other === undefined) said.set(key, { policy: name, value });
      else if (other.value !== value) {
        problems.push({
          code: 'PolicyDenied',
          message: `policies "${other.policy}" and "${name}" ask for different labels "${key}" on new namespaces`,
          mend: `an operator has them say the same, in spec.newNamespaces.labels: kubectl edit recoverypolicies ${other.policy} ${name}`,
        });
      }
    }
  }
  return problems;
};
