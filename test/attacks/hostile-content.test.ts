import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { ANNOTATIONS, CATALOGUE_NAMESPACE, CATALOGUE_SERVICE_ACCOUNT, LABELS } from '../../api/names.ts';
import { neverRestored } from '../../api/velero/restore-spec.ts';
import { TERMINAL_RESTORE_PHASES, VELERO } from '../../api/velero/velero-types.ts';
import { waitUntil } from '../clusters/wait-until.ts';
import { clientOf } from '../environment/api-user.ts';
import { deployPlain } from '../environment/plain-application.ts';
import { quietReporter } from '../environment/quiet-reporter.ts';
import {
  type RecoveryEnvironment,
  startRecoveryEnvironment,
  type TestUser,
} from '../environment/recovery-environment.ts';
import type { PluginResult } from '../environment/run-plugin.ts';
import { namespaceUid } from '../environment/snapshot.ts';
import { backUp, registerGroup } from '../environment/team-work.ts';
import { EXEMPT_SAMPLES, volumeOf } from './content-samples.ts';
import { clusterScoped, inNamespace, objectOf, type Sample } from './free-object.ts';

/**
 * A clean Restore of a hostile backup: its owner wrote into her own objects what has Velero bring others along, past
 * the filters of the Restore (restore.go, `mustInclude`), and restore a status. With the real Velero, from end to end.
 *
 * The annotation counts for the first action only that runs on an object, in the order of their names: on a claim that
 * is `velero.io/pvc`, which brings the volume; on a pod it is `velero.io/add-pvc-from-pod`, so that a pod does not bring
 * its PriorityClass past the filters of a recovery. A Restore made by hand, which has none, does bring it.
 */

let environment: RecoveryEnvironment;
let alice: TestUser;
let team: KubeClient;
let platform: KubeClient;
let velero: KubeClient;
let result: PluginResult;
const namespace = 'shop';

const MUST_INCLUDE = { 'restore.velero.io/must-include-additional-items': 'true' };
const pods = inNamespace('v1', 'Pod', 'pods');
const services = inNamespace('v1', 'Service', 'services');
const configMaps = inNamespace('v1', 'ConfigMap', 'configmaps');
const claims = inNamespace('v1', 'PersistentVolumeClaim', 'persistentvolumeclaims');
const volumes = volumeOf({ hostPath: { path: '/etc/kubernetes' } });
const priorityClasses = clusterScoped('scheduling.k8s.io/v1', 'PriorityClass', 'priorityclasses', { value: 1_000_000 });
const namespaces = clusterScoped('v1', 'Namespace', 'namespaces');

const REASON = { [ANNOTATIONS.bypassReason]: 'INC-42' };
const byHand = inNamespace('velero.io/v1', 'Restore', 'restores', {
  spec: { backupName: 'whole', includedNamespaces: [namespace] },
});

const podSpec = { containers: [{ name: 'web', image: 'registry.example/shop/web:1' }] };

/** What the owner makes in her namespace, with the rights of its admin. */
const hers = [
  objectOf(
    { ...pods, fields: { spec: { ...podSpec, priorityClassName: 'urgent' } } },
    { name: 'queue', namespace, annotations: MUST_INCLUDE },
  ),
  objectOf(
    { ...pods, fields: { spec: podSpec } },
    {
      name: 'worker',
      namespace,
      annotations: {
        ...MUST_INCLUDE,
        'init.hook.restore.velero.io/container-image': 'registry.example/shop/init:1',
        'init.hook.restore.velero.io/container-name': 'hook',
        'init.hook.restore.velero.io/command': '["/bin/true"]',
      },
    },
  ),
  objectOf(
    { ...services, fields: { spec: { type: 'LoadBalancer', ports: [{ port: 80 }] } } },
    { name: 'web', namespace, annotations: { 'velero.io/restore-status': 'true' } },
  ),
  objectOf(
    {
      ...claims,
      fields: {
        spec: {
          storageClassName: 'manual',
          accessModes: ['ReadWriteOnce'],
          resources: { requests: { storage: '1Gi' } },
        },
      },
    },
    { name: 'data', namespace, annotations: MUST_INCLUDE },
  ),
];

/** Labels and annotations that would mean something on a namespace if a backup could bring them. */
const TEMPTING = {
  labels: { 'pod-security.kubernetes.io/enforce': 'privileged', 'tenancy.example/owner': 'mallory' },
  annotations: { 'scheduler.alpha.kubernetes.io/node-selector': 'pool=control-plane' },
};

const typeOfHers = [pods, pods, services, claims] as const;

const makeHers = async (): Promise<void> => {
  for (const [index, { type }] of typeOfHers.entries()) {
    const object = hers[index];
    if (object !== undefined) await team.create(type, object);
  }
};

/** The bad day: what she made is gone, and what the platform had made for it. */
const loseEverything = async (): Promise<void> => {
  const { prod } = environment.clusters;
  await prod.kubectl('delete', 'pods,services,persistentvolumeclaims', '--all', '-n', namespace, '--wait=true');
  await prod.kubectl('delete', 'configmap', 'settings', '-n', namespace);
  for (const gone of ['priorityclass/urgent', 'persistentvolume/host']) {
    await prod.kubectl('delete', gone, '--ignore-not-found', '--wait=true');
  }
};

const recover = (): Promise<PluginResult> =>
  alice.recover('shop', '--point', 'whole', '--context', 'prod', '--yes', '--workload-timeout', '20s');

/** A Restore as a person makes it in an emergency, of the namespace and with no filter; returns how it ended. */
const restoreByHand = async (name: string): Promise<string> => {
  await platform.create(byHand.type, objectOf(byHand, { name, namespace: 'velero', annotations: REASON }));
  let phase = '';
  await waitUntil(
    `Restore "${name}" ended`,
    async () => {
      phase = (await platform.get(VELERO.restores, { name, namespace: 'velero' })).status?.phase ?? '';
      return TERMINAL_RESTORE_PHASES.has(phase);
    },
    { timeoutSeconds: 60 },
  );
  return phase;
};

/** Whether the walls let Velero's account make an object. */
const mayWrite = async (sample: Sample, at: { readonly namespace?: string } = {}): Promise<boolean> => {
  const tried = velero.create(sample.type, objectOf(sample, { name: 'probe', ...at }), { dryRun: true });
  return (await Promise.allSettled([tried]))[0].status === 'fulfilled';
};

const describeRestore = (name: string): Promise<string> =>
  environment.clusters.prod.velero('restore', 'describe', name, '--details');

/** The newest Restore that the catalogue had Velero make. */
const lastRestore = async () => {
  const restores = await platform.listAll(VELERO.restores, { namespace: 'velero', labelSelector: LABELS.recovery });
  const [last] = restores.sort((a, b) => b.metadata.creationTimestamp.localeCompare(a.metadata.creationTimestamp));
  if (last === undefined) throw new Error('there is no Restore');
  return last;
};

beforeAll(async () => {
  environment = await startRecoveryEnvironment({ report: quietReporter });
  const { prod } = environment.clusters;
  alice = await environment.user('alice');
  team = clientOf(alice.kubeconfigs.prod);
  platform = clientOf(environment.operator.kubeconfigs.prod);
  velero = clientOf(await prod.serviceAccountKubeconfig('velero', 'velero'));
  const catalogue = clientOf(await prod.serviceAccountKubeconfig(CATALOGUE_NAMESPACE, CATALOGUE_SERVICE_ACCOUNT));
  await deployPlain(prod, 'alice', namespace, 'shop-db');
  await prod.apply(objectOf(priorityClasses, { name: 'urgent' }), objectOf(volumes, { name: 'host' }));
  await makeHers();
  await prod.kubectl('wait', 'pod', '--all', '-n', namespace, '--for=condition=Ready', '--timeout=30s');
  await prod.kubectl('wait', 'pvc/data', '-n', namespace, '--for=jsonpath={.status.phase}=Bound', '--timeout=30s');
  const address = '{"status":{"loadBalancer":{"ingress":[{"ip":"203.0.113.7"}]}}}';
  await prod.kubectl('patch', 'svc', 'web', '-n', namespace, '--subresource=status', '--type=merge', '-p', address);
  await registerGroup(alice, 'prod', 'shop', [namespace, 'shop-db']);
  // As during a recovery, and after a broken glass: the backup holds the namespace with all that opens wall 4.
  await platform.mergePatch(namespaces.type, { name: 'shop-db' }, { metadata: TEMPTING });
  await prod.kubectl('annotate', 'namespace', 'shop-db', `${ANNOTATIONS.bypassReason}=INC-42`);
  const mark = { metadata: { labels: { [LABELS.recovering]: 'a-recovery' } } };
  await catalogue.mergePatch(namespaces.type, { name: 'shop-db' }, mark);
  await catalogue.close();
  await backUp(prod, 'whole');
});

afterAll(async () => {
  await Promise.all([team, platform, velero].map(client => client?.close()));
  await environment?.stop();
});

describe('with the wall', () => {
  let uid: string;

  beforeAll(async () => {
    const { prod } = environment.clusters;
    uid = await namespaceUid(prod, 'shop-db');
    await loseEverything();
    await prod.kubectl('delete', 'namespace', 'shop-db', '--wait=true');
    result = await recover();
  });

  test('T02: the recovery ends with errors, and says so', async () => {
    expect(result.stderr).toContain('RestorePartiallyFailed');
    // Whoever recovers sees what was refused, without a right on Velero.
    expect(result.stderr).toMatch(/error .*ScopeExceeded/);
    expect(result.exitCode).not.toBe(0);
    expect((await lastRestore()).status?.phase).toBe('PartiallyFailed');
  });

  test('T02: Velero names the wall and what it refused', async () => {
    const described = await describeRestore((await lastRestore()).metadata.name);
    expect(described).toContain('ScopeExceeded: a recovery does not write persistentvolumes, which are cluster-wide');
    expect(described).toContain('ScopeExceeded: a recovery does not write services/status into namespace "shop"');
  });

  test('T02: the hostPath volume that an annotated claim brings along is not made', async () => {
    expect(await platform.find(volumes.type, { name: 'host' })).toBeUndefined();
  });

  test('T03: neither is the PriorityClass of an annotated pod', async () => {
    expect(await platform.find(priorityClasses.type, { name: 'urgent' })).toBeUndefined();
  });

  test('T11: the status that an object asks for is not restored', async () => {
    const service = await team.get(services.type, { namespace, name: 'web' });
    expect(service['status']).toEqual({ loadBalancer: {} });
  });

  test('T12: a container that a pod’s annotations ask for runs in that pod alone', async () => {
    const everywhere = await platform.listAll(pods.type);
    const hooked = everywhere.filter(pod => JSON.stringify(pod['spec']).includes('registry.example/shop/init:1'));
    expect(hooked.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)).toEqual(['shop/worker']);
  });

  test('everything else of hers is back', async () => {
    for (const name of ['shop', 'shop-db']) {
      const settings = await team.get(configMaps.type, { namespace: name, name: 'settings' });
      expect(settings['data']).toEqual({ of: name });
    }
    expect(await team.find(claims.type, { namespace, name: 'data' })).toBeDefined();
    expect(await team.find(pods.type, { namespace, name: 'worker' })).toBeDefined();
    // Kubernetes itself takes no pod of a priority that does not exist.
    expect(await team.find(pods.type, { namespace, name: 'queue' })).toBeUndefined();
  });

  test('T45: a namespace that was deleted comes back without the labels and annotations of the backup', async () => {
    const { metadata } = await platform.get(namespaces.type, { name: 'shop-db' });
    expect(metadata.uid).not.toBe(uid);
    expect(metadata.labels).toEqual({ 'kubernetes.io/metadata.name': 'shop-db' });
    expect(Object.keys(metadata.annotations ?? {})).toEqual([ANNOTATIONS.reservedBy]);
  });

  test('T04: what decides about admission, which no policy judges, is kept out by name', async () => {
    const { excludedResources } = (await lastRestore()).spec;
    const served = EXEMPT_SAMPLES.map(({ type }) => ({ group: type.group, plural: type.plural, namespaced: false }));
    expect(excludedResources).toEqual(expect.arrayContaining(neverRestored(served)));
  });
});

describe('a Restore by hand, with the wall', () => {
  beforeAll(loseEverything);

  test('T88: writes nothing into a namespace that carries no reason', async () => {
    expect(await restoreByHand('no-reason-there')).toBe('PartiallyFailed');
    expect(await team.find(configMaps.type, { namespace, name: 'settings' })).toBeUndefined();
    expect(await describeRestore('no-reason-there')).toContain('into namespace "shop", which is not being recovered');
  });

  test('T03: brings no PriorityClass along where there is one, but all else', async () => {
    await platform.mergePatch(namespaces.type, { name: namespace }, { metadata: { annotations: REASON } });
    await waitUntil('the reason to be seen by the API server', () => mayWrite(configMaps, { namespace }), {
      timeoutSeconds: 30,
    });
    expect(await restoreByHand('with-reason')).toBe('PartiallyFailed');
    await platform.get(configMaps.type, { namespace, name: 'settings' });
    expect(await platform.find(priorityClasses.type, { name: 'urgent' })).toBeUndefined();
    expect(await platform.find(volumes.type, { name: 'host' })).toBeUndefined();
    expect(await describeRestore('with-reason')).toContain('does not write priorityclasses, which are cluster-wide');
  });
});

describe('without the wall, so that the above has a reason', () => {
  beforeAll(async () => {
    await loseEverything();
    await environment.clusters.prod.kubectl('delete', 'validatingadmissionpolicybinding', 'kubectl-recover-content');
    await waitUntil('wall 4 to be down', () => mayWrite(priorityClasses), { timeoutSeconds: 30 });
    await recover();
  });

  test('T02: an owner has a volume on the node’s own files come back, which she cannot make', async () => {
    const volume = await platform.get(volumes.type, { name: 'host' });
    expect(volume['spec']).toMatchObject({ hostPath: { path: '/etc/kubernetes' } });
    expect(volume.metadata.labels?.['velero.io/restore-name']).toBe((await lastRestore()).metadata.name);
  });

  test('T11: and a status that she cannot write', async () => {
    const service = await team.get(services.type, { namespace, name: 'web' });
    expect(service['status']).toMatchObject({ loadBalancer: { ingress: [{ ip: '203.0.113.7' }] } });
  });

  test('T03: a Restore by hand has the PriorityClass come back with the pod', async () => {
    expect(await restoreByHand('without-wall')).toBe('Completed');
    const priority = await platform.get(priorityClasses.type, { name: 'urgent' });
    expect(priority.metadata.labels?.['velero.io/restore-name']).toBe('without-wall');
    expect((await team.get(pods.type, { namespace, name: 'queue' }))['spec']).toMatchObject({ priority: 1_000_000 });
  });
});
