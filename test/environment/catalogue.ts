import { copyFile } from 'node:fs/promises';
import { Agent, request } from 'undici';
import { CATALOGUE_NAMESPACE, CATALOGUE_SERVICE_ACCOUNT } from '../../api/names.ts';
import type { Cluster } from '../clusters/cluster.ts';
import { reservePorts } from '../clusters/port-reservation.ts';
import type { Program } from '../clusters/program.ts';
import type { ProgramGroup } from '../clusters/program-group.ts';
import { startTcpBalancer } from '../clusters/tcp-balancer.ts';

/** The catalogue of one cluster: its replicas as processes, and the one address that the API server calls. */
export interface TestCatalogue {
  /** What `kubectl recover install --catalogue-url` is given. */
  readonly url: string;
  readonly replicas: readonly Program[];
  /** Addresses of the replicas, for looking at one of them. */
  readonly replicaUrls: readonly string[];
  /** Starts the replicas with a login of the catalogue's real service account; it must be installed. */
  start(): Promise<void>;
  /** Gives the replicas a login of the service account that is there now; it was made anew with the installation. */
  renewLogin(): Promise<void>;
  stop(): Promise<void>;
}

const LOOPBACK = '127.0.0.1';

/** Accepts the catalogue's own certificate: only its probes and metrics are read with it. */
const insecure = new Agent({ connect: { rejectUnauthorized: false } });

/** The body of a plain GET to a replica, and its status. */
export const readReplica = async (url: string, path: string): Promise<{ statusCode: number; body: string }> => {
  const response = await request(`${url}${path}`, { dispatcher: insecure });
  return { statusCode: response.statusCode, body: await response.body.text() };
};

const isReady = async (url: string): Promise<boolean> => {
  try {
    return (await readReplica(url, '/readyz')).statusCode === 200;
  } catch {
    // It does not listen yet.
    return false;
  }
};

/** Arguments of node that start the catalogue from its sources. */
const SOURCES: readonly string[] = [new URL('../../webhook/main.ts', import.meta.url).pathname];

export interface CatalogueOptions {
  /** Absent: 1. */
  readonly replicas?: number;
  /** Arguments of node before the catalogue's own; absent: from its sources. */
  readonly program?: readonly string[];
}

/** Prepares the catalogue of a cluster; nothing runs before `start`. */
export const createCatalogue = async (
  cluster: Cluster,
  group: ProgramGroup,
  { replicas: replicaCount = 1, program = SOURCES }: CatalogueOptions = {},
): Promise<TestCatalogue> => {
  const reservation = await reservePorts(replicaCount);
  const { ports } = reservation;
  const balancer = await startTcpBalancer(ports.map(port => ({ host: LOOPBACK, port })));
  const replicas: Program[] = [];
  let loginPath: string | undefined;
  const logIn = () => cluster.serviceAccountKubeconfig(CATALOGUE_NAMESPACE, CATALOGUE_SERVICE_ACCOUNT);
  const replicaUrls = ports.map(port => `https://${LOOPBACK}:${port}`);
  return {
    url: `https://${LOOPBACK}:${balancer.port}`,
    replicas,
    replicaUrls,
    start: async () => {
      const kubeconfig = await logIn();
      loginPath = kubeconfig;
      await reservation.release();
      for (const [index, port] of ports.entries()) {
        const url = `https://${LOOPBACK}:${port}`;
        const replica = await group.start({
          name: `catalogue-${index}`,
          command: process.execPath,
          args: [
            ...program,
            ...['--listen', `${LOOPBACK}:${port}`],
            ...['--kubeconfig', kubeconfig],
            ...['--serving-name', LOOPBACK],
          ],
          logFile: `${cluster.logDir}/catalogue-${index}.log`,
          isReady: () => isReady(url),
        });
        replicas.push(replica);
      }
    },
    renewLogin: async () => {
      if (loginPath === undefined) throw new TypeError('the catalogue was never started');
      await copyFile(await logIn(), loginPath);
    },
    stop: async () => {
      await Promise.all(replicas.map(replica => replica.stop()));
      await balancer.stop();
    },
  };
};
