import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { parseAllDocuments } from 'yaml';
import { answersOk } from './answers-ok.ts';
import type { Cluster, ClusterOptions, ClusterSurroundings, VeleroOptions } from './cluster.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { playedNodes, startNodePlayers } from './played-nodes.ts';
import { reservePorts } from './port-reservation.ts';
import type { Program } from './program.ts';
import { runCommand } from './run-command.ts';
import { TestClusterError } from './test-cluster-error.ts';
import { veleroNamespace, veleroObjects, veleroServiceAccount } from './velero-objects.ts';
import { waitEstablished } from './wait-established.ts';

const readyTimeout = '60s';
// Longer than any test run: nobody renews the token of a process that is not a pod.
const tokenDuration = '24h';

/** Starts a real control plane as processes on 127.0.0.1; resolves when all that was asked for is Ready or Available. */
export async function startCluster(options: ClusterOptions, surroundings: ClusterSurroundings): Promise<Cluster> {
  const { dir, tools, report } = surroundings;
  const started = performance.now();
  const controlPlane = await startControlPlane(options, surroundings);
  report(`${options.name}: API server ready at ${controlPlane.server}`);

  // Both keep their caches and settings below HOME; a developer's own stay untouched and unread.
  const env = { PATH: process.env['PATH'] ?? '', HOME: dir, KUBECONFIG: controlPlane.adminKubeconfigPath };
  const kubectl = (...args: readonly string[]) => runCommand(tools.path('kubectl'), args, { env });
  const velero = (...args: readonly string[]) =>
    runCommand(tools.path('velero'), ['--namespace', veleroNamespace, ...args], { env });
  const apply = async (...objects: readonly object[]) => {
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
    const args = ['apply', '--server-side', '--force-conflicts', '--field-manager=test-cluster', '--filename=-'];
    await runCommand(tools.path('kubectl'), args, { env, input });
  };
  const serviceAccountKubeconfig = async (namespace: string, name: string) => {
    const args = ['create', 'token', name, `--namespace=${namespace}`, `--duration=${tokenDuration}`];
    const token = (await kubectl(...args)).trim();
    return controlPlane.writeKubeconfig(`system:serviceaccount:${namespace}:${name}`, { token });
  };

  const startNodes = async (): Promise<readonly Program[]> => {
    if (options.nodes === false) return [];
    const [players] = await Promise.all([
      startNodePlayers(options, surroundings, controlPlane),
      apply(...playedNodes(options.place)),
    ]);
    await kubectl('wait', '--for=condition=Ready', 'node', '--all', `--timeout=${readyTimeout}`);
    report(`${options.name}: nodes Ready`);
    return players;
  };

  const startVelero = async (): Promise<Program | undefined> => {
    if (options.velero === undefined) return undefined;
    const crds = parseAllDocuments(await velero('install', '--crds-only', '--dry-run', '--output=yaml'));
    await apply(...crds.flatMap(document => itemsOf(document.toJS())));
    await waitEstablished(kubectl);
    await apply(...veleroObjects(options.velero, await readFile(options.velero.objectStore.credentialsPath, 'utf8')));
    const kubeconfigPath = await serviceAccountKubeconfig(veleroNamespace, veleroServiceAccount);
    const server = await startVeleroServer(options.name, options.velero, surroundings, kubeconfigPath);
    const locations = ['backupstoragelocation', '--all', `--namespace=${veleroNamespace}`];
    await kubectl('wait', '--for=jsonpath={.status.phase}=Available', ...locations, `--timeout=${readyTimeout}`);
    report(`${options.name}: Velero's locations Available`);
    return server;
  };

  const [players, veleroServer, clusterId] = await Promise.all([
    startNodes(),
    startVelero(),
    kubectl('get', 'namespace', 'kube-system', '--output=jsonpath={.metadata.uid}'),
  ]);
  report(`${options.name}: ready in ${((performance.now() - started) / 1000).toFixed(1)} s`);

  const { etcd, apiServer, controllerManager } = controlPlane;
  const programs = [
    etcd,
    apiServer,
    controllerManager,
    ...players,
    ...(veleroServer === undefined ? [] : [veleroServer]),
  ];
  return {
    name: options.name,
    clusterId,
    place: options.place,
    server: controlPlane.server,
    caCertificate: controlPlane.authority.certificate,
    dir,
    logDir: join(dir, 'logs'),
    adminKubeconfigPath: controlPlane.adminKubeconfigPath,
    kubeConfig() {
      const config = new KubeConfig();
      config.loadFromFile(controlPlane.adminKubeconfigPath);
      return config;
    },
    kubeconfigFor: (user, groups = []) => userKubeconfig(controlPlane, user, groups),
    serviceAccountKubeconfig,
    kubectl,
    apply,
    velero,
    apiServer,
    get veleroServer() {
      if (veleroServer !== undefined) return veleroServer;
      throw new TestClusterError(
        'NotStarted',
        `cluster "${options.name}" has no Velero; start it with option "velero"`,
      );
    },
    programs: new Map(programs.map(program => [program.name.split(' ')[0] ?? program.name, program])),
    async stop() {
      for (const program of programs.toReversed()) await program.stop();
    },
  };
}

async function userKubeconfig(
  { authority, writeKubeconfig }: ControlPlane,
  user: string,
  groups: readonly string[],
): Promise<string> {
  const credential = await authority.issue({ commonName: user, organizations: groups, usage: 'client' });
  return writeKubeconfig(user, credential);
}

async function startVeleroServer(
  clusterName: string,
  velero: VeleroOptions,
  { dir, group, tools }: ClusterSurroundings,
  kubeconfigPath: string,
): Promise<Program> {
  const reservation = await reservePorts(1);
  const [metricsPort = 0] = reservation.ports;
  await reservation.release();
  return group.start({
    name: `velero of ${clusterName}`,
    command: tools.path('velero'),
    args: [
      'server',
      `--kubeconfig=${kubeconfigPath}`,
      `--namespace=${veleroNamespace}`,
      `--plugin-dir=${tools.veleroPluginFolder}`,
      `--metrics-address=127.0.0.1:${metricsPort}`,
      '--profiler-address=',
    ],
    env: { HOME: dir, AWS_SHARED_CREDENTIALS_FILE: velero.objectStore.credentialsPath },
    logFile: join(dir, 'logs', 'velero.log'),
    isReady: () => answersOk(`http://127.0.0.1:${metricsPort}/metrics`),
  });
}

/** `velero install` prints a List; other versions printed the documents one by one. */
function itemsOf(document: unknown): readonly object[] {
  if (typeof document !== 'object' || document === null) return [];
  return 'items' in document && Array.isArray(document.items) ? document.items : [document];
}
