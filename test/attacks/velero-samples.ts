import { inNamespace, type Sample } from './free-object.ts';

const V1 = 'velero.io/v1';
const V2 = 'velero.io/v2alpha1';
const pod = { kind: 'Pod', namespace: 'shop', name: 'db-0' };
const objectStorage = { bucket: 'of-the-attacker' };

/** A kind of Velero, and a change that would make an object of it another way into a backup's data. */
export interface VeleroSample extends Sample {
  readonly change: Readonly<Record<string, unknown>>;
  /** A phase that its schema knows. */
  readonly phase: 'New' | 'Available';
}

const changed = (sample: Sample, spec: Readonly<Record<string, unknown>>): VeleroSample => ({
  ...sample,
  change: { spec },
  phase: sample.type.plural.endsWith('locations') ? 'Available' : 'New',
});

/** Every installed kind of Velero but Restore, which wall 1 is about. */
export const VELERO_SAMPLES: readonly VeleroSample[] = [
  changed(inNamespace(V1, 'Backup', 'backups', { spec: { includedNamespaces: ['mail'] } }), {
    storageLocation: 'elsewhere',
  }),
  changed(
    inNamespace(V1, 'BackupRepository', 'backuprepositories', {
      spec: {
        backupStorageLocation: 'default',
        maintenanceFrequency: '1h0m0s',
        repositoryType: 'kopia',
        volumeNamespace: 'mail',
      },
    }),
    { volumeNamespace: 'shop' },
  ),
  changed(
    inNamespace(V1, 'BackupStorageLocation', 'backupstoragelocations', { spec: { provider: 'aws', objectStorage } }),
    { objectStorage: { prefix: 'of-somebody-else' } },
  ),
  changed(inNamespace(V1, 'DeleteBackupRequest', 'deletebackuprequests', { spec: { backupName: 'whole' } }), {
    backupName: 'other',
  }),
  changed(
    inNamespace(V1, 'DownloadRequest', 'downloadrequests', {
      spec: { target: { kind: 'BackupContents', name: 'whole' } },
    }),
    { target: { name: 'other' } },
  ),
  changed(
    inNamespace(V1, 'PodVolumeBackup', 'podvolumebackups', {
      spec: { backupStorageLocation: 'default', node: 'node-1', pod, repoIdentifier: '', volume: 'data' },
      status: { phase: 'Completed', snapshotID: 'of-somebody-else' },
    }),
    { pod: { name: 'db-1' } },
  ),
  changed(
    inNamespace(V1, 'PodVolumeRestore', 'podvolumerestores', {
      spec: {
        backupStorageLocation: 'default',
        pod,
        repoIdentifier: '',
        snapshotID: 'of-somebody-else',
        sourceNamespace: 'mail',
        volume: 'data',
      },
    }),
    { snapshotID: 'another' },
  ),
  changed(inNamespace(V1, 'Schedule', 'schedules', { spec: { schedule: '0 3 * * *', template: {} } }), {
    template: { storageLocation: 'elsewhere' },
  }),
  // Its spec has no field: what may be changed is the answer.
  {
    ...inNamespace(V1, 'ServerStatusRequest', 'serverstatusrequests', { spec: {} }),
    change: { status: { phase: 'Processed' } },
    phase: 'New',
  },
  changed(
    inNamespace(V1, 'VolumeSnapshotLocation', 'volumesnapshotlocations', { spec: { provider: 'aws', config: {} } }),
    { config: { region: 'elsewhere' } },
  ),
  changed(
    inNamespace(V2, 'DataDownload', 'datadownloads', {
      spec: {
        backupStorageLocation: 'default',
        operationTimeout: '1h0m0s',
        snapshotID: 'of-somebody-else',
        sourceNamespace: 'mail',
        targetVolume: { namespace: 'shop', pv: '', pvc: 'data' },
      },
    }),
    { snapshotID: 'another' },
  ),
  changed(
    inNamespace(V2, 'DataUpload', 'datauploads', {
      spec: {
        backupStorageLocation: 'default',
        operationTimeout: '1h0m0s',
        snapshotType: 'CSI',
        sourceNamespace: 'shop',
        sourcePVC: 'data',
      },
      status: { phase: 'Completed', snapshotID: 'of-somebody-else' },
    }),
    { sourcePVC: 'other' },
  ),
];
