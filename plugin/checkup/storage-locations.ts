import { silenceText, silentSince } from '../../api/velero/velero-silence.ts';
import { type BackupStorageLocation, VELERO } from '../../api/velero/velero-types.ts';
import type { Check } from './check.ts';
import { type Finding, failed, ok, quoted, warning } from './finding.ts';

const nameOf = ({ metadata }: BackupStorageLocation): string => `${metadata.namespace}/${metadata.name}`;

export const judgeLocations = (locations: readonly BackupStorageLocation[], now: Date): Finding[] => {
  if (locations.length === 0) {
    return [failed('Velero has no storage location', 'an operator makes one: velero backup-location create')];
  }
  const available = locations.filter(({ status }) => status?.phase === 'Available');
  const unseen = locations.filter(({ status }) => !status?.phase);
  const others = locations.filter(location => !available.includes(location) && !unseen.includes(location));
  return [
    ...(available.length === 0 ? [] : [ok(`Available: ${quoted(available.map(nameOf))}`)]),
    ...unseen.map(location =>
      warning(`Velero has not looked at "${nameOf(location)}" yet`, 'wait a minute; if it stays, look at Velero’s log'),
    ),
    ...locations.flatMap(({ metadata, spec, status }) => {
      const watched = {
        validationFrequency: spec?.validationFrequency,
        lastValidationTime: status?.lastValidationTime,
      };
      const since = silentSince(watched, now);
      if (since === undefined) return [];
      const where = metadata.namespace ?? '';
      return [
        warning(silenceText(where, metadata.name, since), `an operator looks at Velero: kubectl get pods -n ${where}`),
      ];
    }),
    ...others.map(location =>
      failed(
        `"${nameOf(location)}" is ${location.status?.phase}${location.status?.message ? `: ${location.status.message}` : ''}`,
        `an operator looks at its bucket, address and credentials: velero backup-location get ${location.metadata.name}`,
      ),
    ),
  ];
};

/** Whether Velero reaches its storage locations: where it does not, no point there can be used. */
export const storageLocations: Check = {
  name: 'storage',
  examine: async cluster => judgeLocations(await cluster.list(VELERO.backupStorageLocations), cluster.now),
};
