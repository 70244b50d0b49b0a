import type { Server } from 'node:https';
import { CORE } from '../api/kubernetes/core-types.ts';
import type { KubeClient } from '../api/kubernetes/kube-client.ts';
import { SELF_IDENTITY } from '../api/names.ts';
import { gateRestore } from './admission/gate-restore.ts';
import { mutateRequester } from './admission/mutate-requester.ts';
import { mutateStamp } from './admission/mutate-stamp.ts';
import { refuseBareRestore } from './admission/refuse-bare-restore.ts';
import { sightVeleroWrite } from './admission/sight-velero-write.ts';
import { validateObject } from './admission/validate-object.ts';
import { type ClusterCaches, createCaches } from './cluster/cluster-caches.ts';
import { Discovery } from './cluster/discovery.ts';
import { LiveClusterState } from './cluster/live-cluster-state.ts';
import { type Mode, readMode } from './cluster/mode.ts';
import { BackupResults } from './controllers/backup-results.ts';
import { createControllers } from './controllers/create-controllers.ts';
import { reportIdentity } from './controllers/report-identity.ts';
import { OwnKeys } from './keys/own-keys.ts';
import type { Logger } from './observability/logger.ts';
import type { Metrics } from './observability/metrics.ts';
import { Sightings } from './observability/would-be-refused.ts';
import { BackupContents } from './requests/backup-contents.ts';
import { createApp } from './server/app.ts';
import { close, createHttpsServer, listen, useCertificate } from './server/https-server.ts';
import type { ServingName } from './tls/issue-certificate.ts';
import { publishCaBundle } from './tls/publish-ca-bundle.ts';
import { type ServingCertificate, servingCertificate } from './tls/serving-certificate.ts';

export interface CatalogueOptions {
  readonly client: KubeClient;
  readonly host: string;
  readonly port: number;
  readonly servingName: ServingName;
  readonly version: string;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly clock: () => number;
}

/** The running catalogue. */
export interface Catalogue {
  /** Tells the API server to go elsewhere, lets what is under way end, and stops. */
  stop(quietMs: number): Promise<void>;
}

/** A replica must know a key before another one signs with it (webhook/keys/advance-keys.ts). */
const KEYS_MS = 5_000;
/** Certificates, the mode and the report of this cluster are looked at this often. */
const HOUSEKEEPING_MS = 10_000;

/**
 * The composition root: everything the catalogue is made of is put together here, and nowhere else does a part know
 * how another one is made.
 */
export const startCatalogue = async (options: CatalogueOptions): Promise<Catalogue> => {
  const { client, log, metrics, clock } = options;
  const kubeSystem = await client.get(CORE.namespaces, { name: 'kube-system' });
  const keys = await OwnKeys.load({ client, clusterId: kubeSystem.metadata.uid, log, clock });
  const caches = createCaches({ client, log, metrics, clock });
  const discovery = new Discovery(client, log, clock);
  const results = new BackupResults({ client, backups: caches.backups, clock });
  const contents = new BackupContents(
    { client, clock },
    ({ namespace, name, uid }) => caches.backups.get(`${namespace}/${name}`)?.uid === uid,
  );
  const state = new LiveClusterState({
    client,
    caches,
    discovery,
    keys,
    clusterId: kubeSystem.metadata.uid,
    backupErrors: backup => results.errorsOf(backup),
    clock,
  });
  const controllers = createControllers({
    client,
    caches,
    discovery,
    keys,
    state,
    results,
    contents,
    log,
    metrics,
    clock,
  });
  await Promise.all([discovery.start(), ...caches.all.map(cache => cache.start())]);
  let mode: Mode = await readMode(client);
  const sightings = new Sightings({ client, log, metrics, clock });
  const auditing = { mode: () => mode, sighted: sightings.add.bind(sightings) };
  let certificate = await servingCertificate(client, options.servingName, new Date(clock()));
  let isDraining = false;
  const app = createApp({
    endpoints: {
      '/mutate/requester': mutateRequester,
      '/mutate/stamp': mutateStamp({
        ...{ client, state, log, metrics, clock },
        signingKey: () => keys.signing('stamp'),
        statements: () => keys.statements(),
      }),
      '/validate/objects': validateObject(state, clock),
      '/validate/restores': gateRestore({
        client,
        state,
        findRecovery: uid => findRecovery(caches, uid),
        admissionKey: kid => keys.admissionKey(kid),
        clock,
      }),
      '/validate/restores/bare': refuseBareRestore(auditing),
      '/audit/velero': sightVeleroWrite(auditing),
    },
    unready: () =>
      [...state.staleResources(), ...(keys.isFresh() ? [] : ['keys'])].map(resource => `${resource} not up to date`),
    isDraining: () => isDraining,
    log,
    metrics,
  });
  const server = createHttpsServer({ listener: app, certificate });
  await listen(server, options.host, options.port);
  const publish = async (): Promise<void> => {
    const missing = await publishCaBundle(client, certificate.caBundle);
    if (missing.length > 0) log.warn({ missing }, 'webhook configurations are not installed');
  };
  await publish();
  controllers.start();
  const keeping = repeat(KEYS_MS, log, async () => {
    const wishes = caches.identities.isFresh() ? caches.identities.get(SELF_IDENTITY)?.spec : undefined;
    if (!(await keys.refresh(wishes))) return;
    state.keysChanged();
    controllers.keysChanged();
  });
  const housekeeping = repeat(HOUSEKEEPING_MS, log, async () => {
    mode = await readMode(client);
    const next = await servingCertificate(client, options.servingName, new Date(clock()));
    if (next.certificate !== certificate.certificate) certificate = renew(server, next, log);
    await publish();
    await reportIdentity({ client, state, keys, mode: () => mode, version: options.version, metrics, clock });
    observeAges(caches, certificate, metrics);
    await sightings.write();
  });
  log.info({ host: options.host, port: options.port, mode, cluster: kubeSystem.metadata.uid }, 'catalogue serves');
  return {
    stop: async quietMs => {
      isDraining = true;
      await new Promise<void>(resolve => setTimeout(resolve, quietMs));
      await Promise.all([keeping.stop(), housekeeping.stop()]);
      await sightings.write().catch((error: unknown) => log.warn({ err: error }, 'what was seen last is not written'));
      await controllers.stop();
      discovery.stop();
      await Promise.all(caches.all.map(cache => cache.stop()));
      await close(server, 5_000);
      await client.close();
    },
  };
};

const renew = (server: Server, next: ServingCertificate, log: Logger): ServingCertificate => {
  useCertificate(server, next);
  log.info({ expiryTime: next.expiryTime.toISOString() }, 'serving certificate renewed');
  return next;
};

const findRecovery = (caches: ClusterCaches, uid: string) => {
  for (const { metadata } of caches.recoveries.values()) {
    if (metadata.uid === uid) return { namespace: metadata.namespace ?? '', name: metadata.name };
  }
  return undefined;
};

const observeAges = (caches: ClusterCaches, certificate: ServingCertificate, metrics: Metrics): void => {
  for (const cache of caches.all) metrics.watchAgeSeconds.set({ resource: cache.resource }, cache.ageMs() / 1000);
  metrics.certificateExpiryTime.set({ certificate: 'serving' }, certificate.expiryTime.getTime() / 1000);
  metrics.certificateExpiryTime.set({ certificate: 'authority' }, certificate.authorityExpiryTime.getTime() / 1000);
};

/** Runs a task now and again; one that fails is logged and runs again. */
const repeat = (everyMs: number, log: Logger, task: () => Promise<void>) => {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let current: Promise<void> = Promise.resolve();
  const run = (): void => {
    current = task()
      .catch((error: unknown) => log.warn({ err: error }, 'housekeeping failed, trying again'))
      .then(() => {
        if (!stopped) timer = setTimeout(run, everyMs);
      });
  };
  run();
  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await current;
    },
  };
};
