import type { GroupAnswer, PointAnswer, RecoveryAnswer } from '../../api/kinds/access-request.ts';
import type { ClusterKey } from '../../api/kinds/cluster-identity.ts';
import type { KubeObject } from '../../api/kinds/object-meta.ts';
import type { RecoveryStatus } from '../../api/kinds/recovery.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { renderManifests } from '../../manifests/render-manifests.ts';
import { FakeApiServer, failureStatus, type Handler, sendJson } from '../fakes/fake-api-server.ts';
import { NOW, uidOf } from '../fakes/fake-authority.ts';
import { conditionOf, FakeCatalogue } from '../fakes/fake-catalogue.ts';
import { FakeInstall, VELERO_INSTALLATION } from '../fakes/fake-install.ts';

/** A cluster that a scene plays in; its context is `prod`. */
export interface World {
  readonly url: string;
  /** Addresses of other clusters by their contexts. */
  readonly others?: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** Makes a world anew for each run of a scene. */
export type WorldMaker = () => Promise<World>;

const point = (backup: string, startTime: string, more: Partial<PointAnswer> = {}): PointAnswer => ({
  backup,
  source: uidOf('cluster prod'),
  startTime,
  namespaces: ['shop', 'shop-db'],
  phase: 'Completed',
  usable: true,
  ...more,
});

const POINTS: PointAnswer[] = [
  point('nightly-2', '2026-03-02T03:00:00Z'),
  point('nightly-1', '2026-03-01T03:00:00Z', {
    phase: 'Failed',
    usable: false,
    code: 'PointNotReady',
    message: 'backup "nightly-1" is Failed',
  }),
];

const RECOVERIES: RecoveryAnswer[] = [
  {
    hash: '0a1b2c3d4e',
    point: 'nightly-2',
    requester: 'alice',
    creationTime: '2026-03-02T11:00:00Z',
    succeeded: 'True',
    reason: 'Recovered',
    message: 'all is back',
    progress: {
      phase: 'Completed',
      itemsRestored: 40,
      totalItems: 40,
      volumes: { completed: 3, failed: 0, total: 3, bytesDone: 4 * 1024 ** 3, totalBytes: 4 * 1024 ** 3 },
    },
    workloads: { ready: 2, total: 2 },
  },
];

/** A recovery that somebody registered two minutes ago. */
export const RECOVERY_NAME = uidOf('recovery').replaceAll('-', '');

/** A catalogue with that recovery, which is where the status says. */
export const underWay = (recoveryStatus: RecoveryStatus): WorldMaker =>
  catalogue(fake => {
    const path = '/apis/kubectl-recover.io/v1alpha1/namespaces/kubectl-recover-requests/recoveries';
    const creationTimestamp = new Date(NOW.getTime() - 120_000).toISOString();
    const metadata = { name: RECOVERY_NAME, namespace: 'kubectl-recover-requests', creationTimestamp };
    fake.recoveryStatus = recoveryStatus;
    fake.serve(`${path}/${RECOVERY_NAME}`, { kind: 'Recovery', metadata, spec: { accessToken: 'none' } });
  });

const NAMESPACES = ['shop', 'shop-db'].map(name => ({ name, uid: uidOf(`namespace ${name}`) }));

const GROUPS: GroupAnswer[] = [
  {
    id: `${uidOf('cluster prod')}/${uidOf('group shop')}`,
    namespace: 'shop',
    name: 'shop',
    namespaces: NAMESPACES,
    owners: [{ kind: 'User', name: 'alice' }],
    ready: true,
    points: 2,
    newestPoint: { name: 'nightly-2', time: '2026-03-02T03:00:00Z' },
  },
];

/** A catalogue that grants what it is asked for. */
export const catalogue =
  (change: (fake: FakeCatalogue) => void = () => undefined): WorldMaker =>
  async () => {
    const fake = await FakeCatalogue.start('prod');
    fake.answer = { points: POINTS, recoveries: RECOVERIES, groups: GROUPS };
    change(fake);
    return fake;
  };

/** A cluster right after install. */
export const installed =
  (change: (fake: FakeInstall) => void = () => undefined): WorldMaker =>
  async () => {
    const fake = await FakeInstall.start();
    change(fake);
    return fake;
  };

/** Causes of a refusal, as the catalogue's webhooks give them. */
export interface Cause {
  readonly field: string;
  readonly reason: string;
  readonly message: string;
}

const denial = (causes: readonly Cause[]) => ({
  ...failureStatus(403, 'Forbidden', { causes }),
  message: 'admission webhook "objects.kubectl-recover.io" denied the request',
});

/** A handler before another one that refuses what is written of some kinds, and nothing else. */
export const refusing =
  (kinds: readonly string[], causes: readonly Cause[], next: Handler): Handler =>
  (request, response) => {
    const writes = request.method !== 'GET' && kinds.includes((JSON.parse(request.body) as KubeObject).kind);
    if (writes) sendJson(response, 403, denial(causes));
    else next(request, response);
  };

/** A server that answers everything with one failure. */
export const failing =
  (statusCode: number, reason: string): WorldMaker =>
  () =>
    FakeApiServer.start((_, response) => sendJson(response, statusCode, failureStatus(statusCode, reason)));

/** Nobody listens any more. */
export const away: WorldMaker = async () => {
  const server = await FakeApiServer.start();
  const { url } = server;
  await server.stop();
  return { url, stop: async () => undefined };
};

/** A cluster that has a peer `dr`. */
export const withPeer = (lost?: { readonly reason: string; readonly since: string }): WorldMaker =>
  installed(fake =>
    fake.putIdentity('dr', {
      spec: {
        clusterID: uidOf('cluster dr'),
        keys: [],
        identityTrust: { users: ['alice'] },
        ...(lost === undefined ? {} : { lost }),
      },
    }),
  );

/** A cluster in which groups are settled at once. */
export const settling = (): WorldMaker =>
  installed(fake => {
    const { handler } = fake.server.api;
    fake.server.api.handler = (request, response) => {
      handler(request, response);
      for (const group of fake.server.list(OWN.applicationGroups)) {
        if (group.status !== undefined) continue;
        fake.server.put(OWN.applicationGroups, {
          ...group,
          status: { conditions: [conditionOf('Ready', 'True')], namespaces: NAMESPACES },
        });
      }
    };
  });

/** Two clusters right after install, `prod` and `dr`, of which each has told its keys. */
export const pair =
  (keysOfDr: readonly ClusterKey[]): WorldMaker =>
  async () => {
    const [prod, dr] = await Promise.all([FakeInstall.start(), FakeInstall.start()]);
    dr.putIdentity('self', { spec: {}, status: { clusterID: uidOf('cluster dr'), keys: [...keysOfDr] } });
    return {
      url: prod.url,
      others: { dr: dr.url },
      stop: async () => {
        await Promise.all([prod.stop(), dr.stop()]);
      },
    };
  };

const pluralOf = (kind: string): string => `${kind.toLowerCase().replace(/y$/, 'ie')}s`;

/** What an API server serves of one version of an API, once our own kinds are there. */
const servedOf = (path: string): object | undefined => {
  const [, version] = /^\/apis?\/([^?]+)$/.exec(path) ?? [];
  if (version === 'velero.io/v1') return { resources: [{ name: 'restores', kind: 'Restore', namespaced: true }] };
  const objects = renderManifests({ mode: 'Audit', velero: [VELERO_INSTALLATION] });
  const kinds = new Map(
    objects.filter(({ apiVersion }) => apiVersion === version).map(object => [object.kind, object]),
  );
  const resources = [...kinds.values()].map(({ kind, metadata }) => ({
    ...{ name: pluralOf(kind), kind },
    namespaced: metadata.namespace !== undefined,
  }));
  return resources.length === 0 ? undefined : { resources };
};

/** A cluster that serves what an installation is made of. */
export const serving = (change: (fake: FakeInstall) => void = () => undefined): WorldMaker =>
  installed(fake => {
    change(fake);
    const { api } = fake.server;
    const { handler } = api;
    api.handler = (request, response) => {
      const served = request.method === 'GET' ? servedOf(request.url) : undefined;
      if (served === undefined) handler(request, response);
      else sendJson(response, 200, served);
    };
  });
