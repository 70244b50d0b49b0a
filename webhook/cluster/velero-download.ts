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
  readonly kind: 'BackupResults' | 'BackupResourceList' | 'BackupContents' | 'RestoreResults';
  readonly namespace: string;
  /** Of the Backup, or of the Restore. */
  readonly name: string;
  /** Longest wait for Velero, and again for each part of the answer of the object store; 60 s unless told. */
  readonly patienceMs?: number;
}

const urlOf = async (
  { client, clock }: DownloadSource,
  at: { readonly namespace: string; readonly name: string },
  patienceMs: number,
): Promise<string> => {
  const deadline = clock() + patienceMs;
  while (clock() < deadline) {
    const { status } = await client.get(VELERO.downloadRequests, at);
    if (status?.downloadURL) return status.downloadURL;
    await new Promise<void>(resolve => setTimeout(resolve, POLL_MS));
  }
  throw new Error('Velero did not process a DownloadRequest in time');
};

/** Has Velero sign an address for something of a backup or restore, and reads what is there, as it lies in the object store. */
export const downloadFromVelero = async <Result>(
  source: DownloadSource,
  { kind, namespace, name, patienceMs = PATIENCE_MS }: DownloadTarget,
  read: (body: Readable, contentLength: number) => Promise<Result>,
): Promise<Result> => {
  const { client } = source;
  const at = { namespace, name: `kubectl-recover-${randomName()}` };
  await client.create(VELERO.downloadRequests, {
    apiVersion: 'velero.io/v1',
    kind: 'DownloadRequest',
    metadata: at,
    spec: { target: { kind, name } },
  });
  try {
    // The first byte, and each after it, must come in time; a large backup takes as long as it takes.
    const timeouts = { headersTimeout: patienceMs, bodyTimeout: patienceMs };
    const { statusCode, headers, body } = await request(await urlOf(source, at, patienceMs), timeouts);
    try {
      if (statusCode !== 200) throw new Error(`the object store answered with HTTP ${statusCode}`);
      return await read(body, Number(headers['content-length'] ?? Number.POSITIVE_INFINITY));
    } finally {
      // What was not read is not fetched.
      body.on('error', () => undefined).destroy();
    }
  } finally {
    await client.remove(VELERO.downloadRequests, at);
  }
};
