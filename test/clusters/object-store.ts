import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { answersOk } from './answers-ok.ts';
import type { ClusterSurroundings } from './cluster.ts';
import { reservePorts } from './port-reservation.ts';
import type { Program } from './program.ts';

/** An S3 server with one bucket, whose content is plain files. */
export interface ObjectStore {
  readonly url: string;
  readonly region: string;
  readonly bucket: string;
  /** AWS shared credentials file. */
  readonly credentialsPath: string;
  /** Where the bucket's objects are: key = path below it. */
  readonly bucketDir: string;
  readonly program: Program;
  stop(): Promise<void>;
}

const bucket = 'backups';
const region = 'us-east-1';

export async function startObjectStore({
  tools,
  group,
  dir,
}: Omit<ClusterSurroundings, 'report'>): Promise<ObjectStore> {
  const dataDir = join(dir, 'data');
  const metadataDir = join(dir, 'metadata');
  const bucketDir = join(dataDir, bucket);
  // A folder below the data folder is a bucket.
  await Promise.all([bucketDir, metadataDir].map(folder => mkdir(folder, { recursive: true })));
  const accessKey = randomBytes(10).toString('hex');
  const secretKey = randomBytes(20).toString('hex');
  const credentialsPath = join(dir, 'credentials');
  const credentials = `[default]\naws_access_key_id=${accessKey}\naws_secret_access_key=${secretKey}\n`;
  await writeFile(credentialsPath, credentials, { mode: 0o600 });

  const reservation = await reservePorts(1);
  const [port = 0] = reservation.ports;
  const url = `http://127.0.0.1:${port}`;
  await reservation.release();
  const program = await group.start({
    name: 'versitygw',
    command: tools.path('versitygw'),
    // Metadata in files of its own: not every temporary folder's file system has extended attributes.
    args: [
      `--port=127.0.0.1:${port}`,
      `--region=${region}`,
      '--health=/health',
      'posix',
      `--sidecar=${metadataDir}`,
      dataDir,
    ],
    // Not as arguments, which every user of the machine can see.
    env: { ROOT_ACCESS_KEY: accessKey, ROOT_SECRET_KEY: secretKey },
    logFile: join(dir, 'versitygw.log'),
    isReady: () => answersOk(`${url}/health`),
  });
  return { url, region, bucket, credentialsPath, bucketDir, program, stop: () => program.stop() };
}
