import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { answersOk } from './answers-ok.ts';
import {
  type CertificateAuthority,
  createCertificateAuthority,
  generateRsaKeyPair,
  type IssuedCertificate,
} from './certificate-authority.ts';
import type { ClusterOptions, ClusterSurroundings } from './cluster.ts';
import { kubeconfig } from './kubeconfig.ts';
import { reservePorts } from './port-reservation.ts';
import type { Program } from './program.ts';

/** etcd, API server and controller manager, ready, with the key that signs for anyone. */
export interface ControlPlane {
  readonly server: string;
  readonly authority: CertificateAuthority;
  readonly adminKubeconfigPath: string;
  readonly etcd: Program;
  readonly apiServer: Program;
  readonly controllerManager: Program;
  /** Path of a new kubeconfig file; only its owner may read it. */
  writeKubeconfig(userName: string, credential: IssuedCertificate | { readonly token: string }): Promise<string>;
}

const mastersGroup = 'system:masters';
// Nobody can reach it without kube-proxy; the first address is the API server's own.
const serviceRange = '10.96.0.0/16';
const serviceAddress = '10.96.0.1';

export async function startControlPlane(
  options: ClusterOptions,
  { tools, group, dir }: ClusterSurroundings,
): Promise<ControlPlane> {
  const [pkiDir, kubeconfigDir, logDir] = [join(dir, 'pki'), join(dir, 'kubeconfigs'), join(dir, 'logs')];
  await Promise.all([pkiDir, kubeconfigDir, logDir].map(folder => mkdir(folder, { recursive: true, mode: 0o700 })));
  const reservation = await reservePorts(3);
  const [apiPort = 0, etcdPort = 0, etcdPeerPort = 0] = reservation.ports;
  const server = `https://127.0.0.1:${apiPort}`;
  const etcdUrl = `http://127.0.0.1:${etcdPort}`;
  const etcdPeerUrl = `http://127.0.0.1:${etcdPeerPort}`;

  const authority = await createCertificateAuthority(`${options.name}-ca`);
  const [serving, serviceAccountKeys, admin, manager] = await Promise.all([
    authority.issue({
      commonName: 'kube-apiserver',
      usage: 'server',
      dnsNames: ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'],
      ipAddresses: ['127.0.0.1', serviceAddress],
    }),
    generateRsaKeyPair(),
    authority.issue({ commonName: 'admin', organizations: [mastersGroup], usage: 'client' }),
    authority.issue({ commonName: 'system:kube-controller-manager', usage: 'client' }),
  ]);

  const secretFile = async (folder: string, name: string, content: string) => {
    const path = join(folder, name);
    await writeFile(path, content, { mode: 0o600 });
    return path;
  };
  let kubeconfigCount = 0;
  const writeKubeconfig: ControlPlane['writeKubeconfig'] = (userName, credential) => {
    kubeconfigCount += 1;
    const content = kubeconfig({
      clusterName: options.name,
      server,
      caCertificate: authority.certificate,
      userName,
      credential,
    });
    return secretFile(kubeconfigDir, `${kubeconfigCount}-${userName.replaceAll(/[^\w.-]+/g, '-')}.yaml`, content);
  };

  const caFile = await secretFile(pkiDir, 'ca.crt', authority.certificate);
  const caKeyFile = await secretFile(pkiDir, 'ca.key', authority.privateKey);
  const servingFile = await secretFile(pkiDir, 'apiserver.crt', serving.certificate);
  const servingKeyFile = await secretFile(pkiDir, 'apiserver.key', serving.privateKey);
  const serviceAccountKeyFile = await secretFile(pkiDir, 'service-account.key', serviceAccountKeys.privateKey);
  const serviceAccountPublicFile = await secretFile(pkiDir, 'service-account.pub', serviceAccountKeys.publicKey);
  const adminKubeconfigPath = await writeKubeconfig('admin', admin);
  const managerKubeconfigPath = await writeKubeconfig('system:kube-controller-manager', manager);
  const audit = options.auditPolicy === undefined ? [] : await auditArguments(options.auditPolicy, dir, logDir);

  await reservation.release();
  const etcd = await group.start({
    name: `etcd of ${options.name}`,
    command: tools.path('etcd'),
    args: [
      `--data-dir=${join(dir, 'etcd')}`,
      `--listen-client-urls=${etcdUrl}`,
      `--advertise-client-urls=${etcdUrl}`,
      `--listen-peer-urls=${etcdPeerUrl}`,
      `--initial-advertise-peer-urls=${etcdPeerUrl}`,
      `--initial-cluster=default=${etcdPeerUrl}`,
      // The data need not outlive the machine, only the process.
      '--unsafe-no-fsync',
    ],
    logFile: join(logDir, 'etcd.log'),
    isReady: () => answersOk(`${etcdUrl}/health`),
  });
  const adminTls = { ca: authority.certificate, cert: admin.certificate, key: admin.privateKey };
  const apiServer = await group.start({
    name: `kube-apiserver of ${options.name}`,
    command: tools.path('kube-apiserver'),
    args: [
      `--etcd-servers=${etcdUrl}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${apiPort}`,
      `--cert-dir=${pkiDir}`,
      `--tls-cert-file=${servingFile}`,
      `--tls-private-key-file=${servingKeyFile}`,
      `--client-ca-file=${caFile}`,
      '--authorization-mode=Node,RBAC',
      '--anonymous-auth=true',
      '--allow-privileged=true',
      `--service-cluster-ip-range=${serviceRange}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${serviceAccountPublicFile}`,
      `--service-account-signing-key-file=${serviceAccountKeyFile}`,
      // Endpoints of the Service "kubernetes" may not be a loopback address, so nobody keeps them.
      '--endpoint-reconciler-type=none',
      ...audit,
      ...(options.apiServerArguments ?? []),
    ],
    logFile: join(logDir, 'kube-apiserver.log'),
    isReady: () => answersOk(`${server}/readyz`, adminTls),
    // Open watches keep it for a minute. What it answered is in etcd, so nothing is lost by not waiting.
    stopTimeoutSeconds: 1,
  });
  const controllerManager = await group.start({
    name: `kube-controller-manager of ${options.name}`,
    command: tools.path('kube-controller-manager'),
    args: [
      `--kubeconfig=${managerKubeconfigPath}`,
      '--use-service-account-credentials',
      `--root-ca-file=${caFile}`,
      `--service-account-private-key-file=${serviceAccountKeyFile}`,
      `--cluster-signing-cert-file=${caFile}`,
      `--cluster-signing-key-file=${caKeyFile}`,
      `--service-cluster-ip-range=${serviceRange}`,
      '--leader-elect=false',
      // On a busy machine the heartbeats of played nodes come late. A pod whose node was once taken for dead is not Ready
      // any more, and nobody plays it Ready again.
      '--node-monitor-grace-period=1h',
      // A claim made together with its volume is bound at the next round; the default is 15 s.
      '--pvclaimbinder-sync-period=1s',
      // Nobody asks for its metrics or health; no port, no clash.
      '--secure-port=0',
    ],
    logFile: join(logDir, 'kube-controller-manager.log'),
  });
  return { server, authority, adminKubeconfigPath, etcd, apiServer, controllerManager, writeKubeconfig };
}

async function auditArguments(policy: object, dir: string, logDir: string): Promise<readonly string[]> {
  const policyFile = join(dir, 'audit-policy.yaml');
  await writeFile(policyFile, stringify(policy));
  return [`--audit-policy-file=${policyFile}`, `--audit-log-path=${join(logDir, 'audit.log')}`];
}
