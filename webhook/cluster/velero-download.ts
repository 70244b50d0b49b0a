import type { Readable } from 'node:stream';
import { request } from 'undici';
import { randomName } from '../../api/digest.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { VELERO } from '../../api/velero/velero-types.ts';

const POLL_MS = 250;
const PATIENCE_MS = 60_000;

export interface DownloadSource {
  readonly client: KubeClient;
  readonly clock: () => number;
}

export interface DownloadTarget {
  /** `DownloadTargetKind` (downloadrequest_types.go). */
  readonly kind: 'BackupResults' | 'BackupContents';
  readonly namespace: string;
  readonly backup: string;
}

const urlOf = async (
  { client, clock }: DownloadSource,
  at: { readonly namespace: string; readonly name: string },
): Promise<string> => {
  const deadline = clock() + PATIENCE_MS;
  while (clock() < deadline) {
    const { status } = await client.get(VELERO.downloadRequests, at);
    if (status?.downloadURL) return status.downloadURL;
    await new Promise<void>(resolve => setTimeout(resolve, POLL_MS));
  }
  throw new Error('Velero did not process a DownloadRequest in time');
};

/** Has Velero sign an address for something of a backup, and reads what is there, as it lies in the object store. */
export const downloadFromVelero = async <Result>(
  source: DownloadSource,
  { kind, namespace, backup }: DownloadTarget,
  read: (body: Readable) => Promise<Result>,
): Promise<Result> => {
  const { client } = source;
  const at = { namespace, name: `kubectl-recover-${randomName()}` };
  await client.create(VELERO.downloadRequests, {
    apiVersion: 'velero.io/v1',
    kind: 'DownloadRequest',
    metadata: at,
    spec: { target: { kind, name: backup } },
  });
  try {
    // The first byte, and each after it, must come in time; a large backup takes as long as it takes.
    const response = await request(await urlOf(source, at), { headersTimeout: PATIENCE_MS, bodyTimeout: PATIENCE_MS });
    if (response.statusCode !== 200) {
      await response.body.dump();
      throw new Error(`the object store answered with HTTP ${response.statusCode}`);
    }
    return await read(response.body);
  } finally {
    await client.remove(VELERO.downloadRequests, at);
  }
};
