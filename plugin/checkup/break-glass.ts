import type { KubeObject } from '../../api/kinds/object-meta.ts';
import { CORE } from '../../api/kubernetes/core-types.ts';
import { ANNOTATIONS } from '../../api/names.ts';
import { type Restore, TERMINAL_RESTORE_PHASES, VELERO } from '../../api/velero/velero-types.ts';
import type { Check } from './check.ts';
import { counted, type Finding, ok, quoted, warning } from './finding.ts';

const reasonOf = ({ metadata }: KubeObject): string => metadata.annotations?.[ANNOTATIONS.bypassReason] ?? '';

/** A namespace with a reason is open to whatever Velero restores, for as long as the reason stands there. */
export const judgeOpenNamespaces = (namespaces: readonly KubeObject[]): Finding[] => {
  const open = namespaces.filter(namespace => reasonOf(namespace) !== '');
  if (open.length === 0) return [ok('no namespace is open')];
  return open.map(namespace =>
    warning(
      `namespace "${namespace.metadata.name}" is open to restores by hand: ${reasonOf(namespace)}`,
      `when the emergency is over: kubectl annotate namespace ${namespace.metadata.name} ${ANNOTATIONS.bypassReason}-`,
    ),
  );
};

export const judgeRestoresByHand = (restores: readonly Restore[]): Finding[] => {
  const byHand = restores.filter(restore => reasonOf(restore) !== '');
  const running = byHand.filter(({ status }) => !TERMINAL_RESTORE_PHASES.has(status?.phase ?? ''));
  if (running.length > 0) {
    return running.map(restore =>
      warning(
        `Restore "${restore.metadata.namespace}/${restore.metadata.name}" runs by break-glass: ${reasonOf(restore)}`,
        `follow it: velero restore describe ${restore.metadata.name}`,
      ),
    );
  }
  if (byHand.length === 0) return [ok('no Restore was made by hand with a reason')];
  const names = byHand.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
  return [ok(`${counted(byHand.length, 'Restore')} by break-glass, all ended: ${quoted(names)}`)];
};

export const openNamespaces: Check = {
  name: 'break-glass',
  examine: async cluster => judgeOpenNamespaces(await cluster.list(CORE.namespaces)),
};

export const restoresByHand: Check = {
  name: 'break-glass',
  examine: async cluster => judgeRestoresByHand(await cluster.list(VELERO.restores)),
};
