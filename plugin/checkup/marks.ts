import { recoveryHash } from '../../api/digest.ts';
import { findCondition } from '../../api/kinds/condition.ts';
import type { KubeObject } from '../../api/kinds/object-meta.ts';
import { RECOVERY_CONDITIONS, type Recovery } from '../../api/kinds/recovery.ts';
import { CORE } from '../../api/kubernetes/core-types.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { CATALOGUE_USERNAME, LABELS } from '../../api/names.ts';
import { allInOrder } from './all-in-order.ts';
import type { Check } from './check.ts';
import { type Finding, ok, warning } from './finding.ts';

const isRunning = ({ status }: Recovery): boolean => {
  const succeeded = findCondition(status?.conditions, RECOVERY_CONDITIONS.succeeded)?.status;
  return succeeded !== 'True' && succeeded !== 'False';
};

/** A mark opens its namespace to Velero; without a Recovery that runs, nobody will take it off. */
export const judgeMarks = (namespaces: readonly KubeObject[], recoveries: readonly Recovery[]): Finding[] => {
  const running = new Set(recoveries.filter(isRunning).map(({ metadata }) => recoveryHash(metadata.name)));
  const marked = namespaces.filter(({ metadata }) => metadata.labels?.[LABELS.recovering] !== undefined);
  const left = marked.filter(({ metadata }) => !running.has(metadata.labels?.[LABELS.recovering] ?? ''));
  if (left.length === 0) {
    const names = marked.map(({ metadata }) => `"${metadata.name}"`).join(', ');
    return [ok(marked.length === 0 ? 'no namespace is being recovered' : `being recovered: ${names}`)];
  }
  return left.map(({ metadata }) =>
    warning(
      `namespace "${metadata.name}" is marked as being recovered, but no recovery runs: Velero may write into it`,
      `the next recovery into it ends that; or somebody who may impersonate: kubectl label namespace ${metadata.name} ${LABELS.recovering}- --as=${CATALOGUE_USERNAME}`,
    ),
  );
};

export const marks: Check = {
  name: 'marks',
  examine: async cluster =>
    judgeMarks(...(await allInOrder([cluster.list(CORE.namespaces), cluster.list(OWN.recoveries)]))),
};
