import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findCondition } from '../../api/kinds/condition.ts';
import type { KubeObject } from '../../api/kinds/object-meta.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import {
  ANNOTATIONS,
  API_GROUP,
  CATALOGUE_NAMESPACE,
  CATALOGUE_SERVICE_ACCOUNT,
  GROUP_VERSION,
  LABELS,
  SELF_IDENTITY,
} from '../../api/names.ts';
import { waitUntil } from '../clusters/wait-until.ts';
import { clientOf } from '../environment/api-user.ts';
import { readReplica } from '../environment/catalogue.ts';
import { deployPlain } from '../environment/plain-application.ts';
import { quietReporter } from '../environment/quiet-reporter.ts';
import { type RecoveryEnvironment, startRecoveryEnvironment } from '../environment/recovery-environment.ts';
import { verdictOf } from '../environment/verdict.ts';
import { type Attackers, createAttackers } from './attackers.ts';
import {
  CLUSTER_SAMPLES,
  EXEMPT_SAMPLES,
  HOSTILE_VOLUMES,
  NAMESPACED_SAMPLES,
  namespacedSample,
  volumeOf,
} from './content-samples.ts';
import { clusterScoped, creatable, inNamespace, objectOf, type Sample, subresourcesOf } from './free-object.ts';
import { testRules } from './rules.ts';
import { SNAPSHOT_SAMPLES, snapshotDefinitions } from './snapshot-samples.ts';
import { VELERO_SAMPLES } from './velero-samples.ts';
import { type Attack, testWall, type Wall } from './wall.ts';

/**
 * Wall 4: what is in a backup can have Velero write more than its Restore says. Whatever way it finds to that, it
 * writes with Velero's own account, so that is the login of the attacks.
 */

let environment: RecoveryEnvironment;
let attackers: Attackers;
let catalogue: KubeClient;

/** Of another team; nobody recovers into it. */
const foreign = 'mail';
/** Marked by the catalogue, as while a recovery runs there. */
const marked = 'shop';
const own = 'velero';
const RESTORED = { 'velero.io/restore-name': 'recover-of-the-attacker' };

const namespaces = clusterScoped('v1', 'Namespace', 'namespaces');
const nodes = clusterScoped('v1', 'Node', 'nodes');
const [configMaps, secrets, services, pods, deployments, serviceAccounts] = [
  'configmaps',
  'secrets',
  'services',
  'pods',
  'deployments',
  'serviceaccounts',
].map(namespacedSample) as [Sample, Sample, Sample, Sample, Sample, Sample];

/** Some kinds take no free name. */
const NAMES: Readonly<Record<string, string>> = {
  customresourcedefinitions: 'hostiles.attack.example',
  apiservices: 'v1.attack.example',
  ipaddresses: '10.96.7.7',
};
const nameOf = ({ type }: Sample): string => NAMES[type.plural] ?? 'hostile';

beforeAll(async () => {
  environment = await startRecoveryEnvironment({ report: quietReporter });
  const { prod } = environment.clusters;
  await deployPlain(prod, 'alice', marked, foreign);
  const standing = { name: 'standing' };
  await prod.apply(
    ...snapshotDefinitions,
    ...standingInCluster.map(sample => objectOf(sample, standing)),
    ...[foreign, marked].flatMap(namespace =>
      standingInNamespace.map(sample => objectOf(sample, { ...standing, namespace })),
    ),
    ...[secrets, deployments].map(sample => objectOf(sample, { ...standing, namespace: own })),
  );
  await prod.kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=20s');
  for (const namespace of [foreign, marked, own]) {
    await prod.kubectl('wait', '--for=condition=Available', 'deployment/standing', '-n', namespace, '--timeout=30s');
  }
  for (const namespace of [foreign, marked]) {
    await prod.kubectl('wait', '--for=condition=Ready', 'pod/standing', '-n', namespace, '--timeout=30s');
  }
  attackers = await createAttackers(environment);
  catalogue = clientOf(await prod.serviceAccountKubeconfig(CATALOGUE_NAMESPACE, CATALOGUE_SERVICE_ACCOUNT));
  await catalogue.mergePatch(
    namespaces.type,
    { name: marked },
    { metadata: { labels: { [LABELS.recovering]: 'a-recovery' } } },
  );
});

afterAll(async () => {
  await Promise.all([catalogue?.close(), attackers?.close()]);
  await environment?.stop();
});

const backupSample = VELERO_SAMPLES.find(({ type }) => type.plural === 'backups') as Sample;

const clusterSample = (plural: string): Sample => {
  const found = CLUSTER_SAMPLES.find(({ type }) => type.plural === plural);
  if (found === undefined) throw new Error(`no sample of ${plural}`);
  return found;
};

const standingInCluster: readonly Sample[] = [
  ...['clusterroles', 'clusterrolebindings', 'storageclasses', 'priorityclasses'].map(clusterSample),
  volumeOf({ hostPath: { path: '/data' } }),
];
const standingInNamespace: readonly Sample[] = [
  configMaps,
  secrets,
  services,
  pods,
  deployments,
  serviceAccounts,
  namespacedSample('roles'),
  namespacedSample('rolebindings'),
];

interface Change {
  readonly sample: Sample;
  readonly change: Readonly<Record<string, unknown>>;
}

const hostileLabel = { metadata: { labels: RESTORED } };
/** A change of each kind of which an object stands, as `existingResourcePolicy: update` makes one. */
const CHANGES: readonly Change[] = [
  { sample: configMaps, change: { ...hostileLabel, data: { of: 'changed' } } },
  { sample: secrets, change: { ...hostileLabel, data: { cloud: 'eA==' } } },
  { sample: services, change: { ...hostileLabel, spec: { externalIPs: ['203.0.113.7'] } } },
  { sample: pods, change: hostileLabel },
  { sample: deployments, change: { ...hostileLabel, spec: { replicas: 7 } } },
  { sample: serviceAccounts, change: { ...hostileLabel, secrets: [{ name: 'hostile' }] } },
  { sample: namespacedSample('roles'), change: { ...hostileLabel, rules: [] } },
  { sample: namespacedSample('rolebindings'), change: { ...hostileLabel, subjects: [] } },
];

const create =
  (sample: Sample, metadata: Partial<KubeObject['metadata']> = {}): Attack['act'] =>
  options =>
    attackers.velero.create(sample.type, objectOf(sample, { name: nameOf(sample), ...metadata }), options);

const patch =
  ({ type }: Sample, at: { readonly name: string; readonly namespace?: string }, change: Change['change']) =>
  (options: { readonly dryRun: boolean }) =>
    attackers.velero.mergePatch(type, at, change, options);

/** Merge patch of a subresource of the object `standing` in a namespace. */
const patchSubresource = (sample: Sample, namespace: string, called: string, change: Change['change']): Attack['act'] =>
  patch({ ...sample, type: subresourcesOf(sample, 'standing') }, { name: called, namespace }, change);

/** POST to a subresource of the object `standing`. */
const postSubresource =
  (sample: Sample, namespace: string, called: string, body: Sample): Attack['act'] =>
  options =>
    attackers.velero.create(
      subresourcesOf(sample, 'standing', called),
      objectOf(body, { name: 'standing', namespace }),
      options,
    );

const tokenRequest = inNamespace('authentication.k8s.io/v1', 'TokenRequest', 'token', { spec: { audiences: [] } });
const eviction = inNamespace('policy/v1', 'Eviction', 'eviction');
const ephemeral = { spec: { ephemeralContainers: [{ name: 'intruder', image: 'registry.example/hostile:1' }] } };
const loadBalancer = { status: { loadBalancer: { ingress: [{ ip: '203.0.113.7' }] } } };

/** Writes to subresources: by them a backed-up object would be given a status, a token, a place of execution. */
const subresourceAttacks = (namespace: string): readonly Attack[] => {
  const attack = (what: string, act: Attack['act'], id = 'T11'): Attack => ({
    id,
    what: `${what} in ${namespace === marked ? 'a marked' : 'an unmarked'} namespace`,
    code: 'ScopeExceeded',
    act,
  });
  return [
    attack('a forged status of a Service', patchSubresource(services, namespace, 'status', loadBalancer)),
    attack('a forged status of a Pod', patchSubresource(pods, namespace, 'status', { status: { podIP: '10.0.0.7' } })),
    attack(
      'a forged status of a Deployment',
      patchSubresource(deployments, namespace, 'status', { status: { replicas: 7 } }),
    ),
    attack('the scale of a Deployment', patchSubresource(deployments, namespace, 'scale', { spec: { replicas: 7 } })),
    attack('a container put into a pod that runs', patchSubresource(pods, namespace, 'ephemeralcontainers', ephemeral)),
    attack('an eviction', postSubresource(pods, namespace, 'eviction', eviction)),
    attack('a token of a ServiceAccount', postSubresource(serviceAccounts, namespace, 'token', tokenRequest), 'T22'),
  ];
};

const THREATS: Readonly<Record<string, string>> = {
  priorityclasses: 'T03',
  namespaces: 'T45',
  persistentvolumes: 'T02',
};

const wall4: Wall = {
  name: 'wall 4',
  policy: 'kubectl-recover-content',
  cluster: () => environment.clusters.prod,
  state: async () => {
    const { editor } = attackers;
    const hostile = [
      ...[...CLUSTER_SAMPLES, ...HOSTILE_VOLUMES].map(sample => editor.find(sample.type, { name: nameOf(sample) })),
      ...NAMESPACED_SAMPLES.flatMap(sample =>
        [foreign, own].map(namespace => editor.find(sample.type, { namespace, name: nameOf(sample) })),
      ),
      editor.find(pods.type, { namespace: marked, name: nameOf(pods) }),
    ];
    const standing = [
      ...standingInCluster.map(({ type }) => editor.get(type, { name: 'standing' })),
      ...[foreign, marked].flatMap(namespace =>
        standingInNamespace.map(({ type }) => editor.get(type, { namespace, name: 'standing' })),
      ),
      ...[secrets, deployments].map(({ type }) => editor.get(type, { namespace: own, name: 'standing' })),
      ...[foreign, own].map(name => editor.get(namespaces.type, { name })),
    ];
    const { labels } = (await editor.get(nodes.type, { name: 'node-1' })).metadata;
    const content = (await Promise.all(standing)).map(({ metadata: { labels, annotations }, status, ...rest }) => {
      // Controllers write the rest of it while the attacks go on.
      const { loadBalancer, podIP, replicas } = (status ?? {}) as Readonly<Record<string, unknown>>;
      return { ...rest, labels, annotations, status: { loadBalancer, podIP, replicas } };
    });
    return { hostile: await Promise.all(hostile), standing: content, nodeLabels: labels };
  },
  attacks: [
    ...[...CLUSTER_SAMPLES, ...HOSTILE_VOLUMES].flatMap(sample =>
      [{}, { labels: RESTORED }].map(
        (metadata, index): Attack => ({
          id: THREATS[sample.type.plural] ?? 'T04',
          what: `a new ${sample.type.kind}${volumeSource(sample)}${index === 0 ? '' : ' with the label of a restore'}`,
          code: 'ScopeExceeded',
          act: create(sample, metadata),
        }),
      ),
    ),
    ...NAMESPACED_SAMPLES.flatMap(sample =>
      [{}, { labels: RESTORED }].map(
        (metadata, index): Attack => ({
          id: 'T07',
          what: `a new ${sample.type.kind} in an unmarked namespace${index === 0 ? '' : ' with the label of a restore'}`,
          code: 'ScopeExceeded',
          act: create(sample, { namespace: foreign, ...metadata }),
        }),
      ),
    ),
    ...NAMESPACED_SAMPLES.map(
      (sample): Attack => ({
        id: 'T07',
        what: `a ${sample.type.kind} restored into Velero’s own namespace`,
        code: 'ScopeExceeded',
        act: create(sample, { namespace: own, labels: RESTORED }),
      }),
    ),
    ...CHANGES.map(
      ({ sample, change }): Attack => ({
        id: 'T07',
        what: `a ${sample.type.kind} changed in an unmarked namespace`,
        code: 'ScopeExceeded',
        act: patch(sample, { namespace: foreign, name: 'standing' }, change),
      }),
    ),
    ...CHANGES.filter(({ sample }) => sample === secrets || sample === deployments).map(
      ({ sample, change }): Attack => ({
        id: 'T07',
        what: `a ${sample.type.kind} in Velero’s own namespace brought to what a backup holds`,
        code: 'ScopeExceeded',
        act: patch(sample, { namespace: own, name: 'standing' }, change),
      }),
    ),
    ...(
      [
        ['clusterroles', { rules: [] }],
        ['clusterrolebindings', { subjects: [] }],
        ['storageclasses', { allowVolumeExpansion: true }],
        ['priorityclasses', { description: 'changed' }],
      ] as const
    ).map(
      ([plural, change]): Attack => ({
        id: 'T17',
        what: `a ${clusterSample(plural).type.kind} that is there, changed`,
        code: 'ScopeExceeded',
        act: patch(clusterSample(plural), { name: 'standing' }, change),
      }),
    ),
    {
      id: 'T17',
      what: 'the pod-security level of a Namespace',
      code: 'ScopeExceeded',
      act: patch(
        namespaces,
        { name: foreign },
        { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } } },
      ),
    },
    {
      id: 'T17',
      what: 'the labels of a namespace that is being recovered',
      code: 'ScopeExceeded',
      act: patch(namespaces, { name: marked }, { metadata: { labels: { team: 'of-the-attacker' } } }),
    },
    {
      id: 'T17',
      what: 'the pod-security level of Velero’s own Namespace',
      code: 'ScopeExceeded',
      act: patch(
        namespaces,
        { name: own },
        { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } } },
      ),
    },
    {
      id: 'T17',
      what: 'the labels of a Node',
      code: 'ScopeExceeded',
      act: patch(nodes, { name: 'node-1' }, { metadata: { labels: { 'attack.example/hostile': 'true' } } }),
    },
    {
      id: 'T13',
      what: 'a pod that chooses the snapshot of its volume by an annotation, in a marked namespace',
      code: 'ScopeExceeded',
      act: create(pods, { namespace: marked, annotations: { 'snapshot.velero.io/data': 'of-somebody-else' } }),
    },
    {
      id: 'T13',
      what: 'a pod that is there and is to choose a snapshot, in a marked namespace',
      code: 'ScopeExceeded',
      act: patch(
        pods,
        { namespace: marked, name: 'standing' },
        { metadata: { annotations: { 'snapshot.velero.io/data': 'of-somebody-else' } } },
      ),
    },
    ...subresourceAttacks(foreign),
    ...subresourceAttacks(marked),
  ],
};

testWall(wall4);
testRules(wall4);

/** Tells volumes of one kind apart in the names of the tests. */
function volumeSource(sample: Sample): string {
  const { spec } = sample.fields as { readonly spec?: Readonly<Record<string, unknown>> };
  const source = ['hostPath', 'nfs', 'local'].find(each => spec?.[each] !== undefined);
  return source === undefined ? '' : ` (${source})`;
}

const dryRun = { dryRun: true } as const;

describe('what must pass', () => {
  test('every namespaced object in a marked namespace, made or changed', async () => {
    for (const sample of NAMESPACED_SAMPLES) await create(sample, { namespace: marked, labels: RESTORED })(dryRun);
    for (const { sample, change } of CHANGES)
      await patch(sample, { namespace: marked, name: 'standing' }, change)(dryRun);
  });

  test('what Velero makes for itself in its own namespace', async () => {
    for (const sample of NAMESPACED_SAMPLES) await create(sample, { namespace: own })(dryRun);
    await patch(secrets, { namespace: own, name: 'standing' }, { data: { cloud: 'eA==' } })(dryRun);
  });

  test('T85: Velero’s own objects, which carry the label of a restore', async () => {
    for (const sample of VELERO_SAMPLES) await create(sample, { namespace: own, labels: RESTORED })(dryRun);
  });

  test('volumes of CSI drivers, and changes of any volume', async () => {
    const csi = volumeOf({ csi: { driver: 'disk.example', volumeHandle: 'disk-1' } });
    await create(csi, { labels: RESTORED })(dryRun);
    const change = { metadata: { labels: RESTORED }, spec: { persistentVolumeReclaimPolicy: 'Delete' } };
    await patch(csi, { name: 'standing' }, change)(dryRun);
  });

  test('snapshots and their status, in any namespace', async () => {
    for (const sample of SNAPSHOT_SAMPLES) {
      const at = { name: 'taken', ...(sample.type.namespaced ? { namespace: foreign } : {}) };
      await create(sample, at)({ dryRun: false });
      const status = { ...sample, type: subresourcesOf(sample, 'taken') };
      await patch(status, { ...at, name: 'status' }, { status: { readyToUse: true } })(dryRun);
    }
  });

  test('T88: any namespaced object where a person who may says why', async () => {
    const { prod } = environment.clusters;
    await prod.kubectl('annotate', 'namespace', foreign, `${ANNOTATIONS.bypassReason}=INC-42`);
    await waitUntil(
      'the reason to be seen by the API server',
      async () => {
        try {
          await create(configMaps, { namespace: foreign, labels: RESTORED })(dryRun);
          return true;
        } catch {
          return false;
        }
      },
      { timeoutSeconds: 60 },
    );
    await prod.kubectl('annotate', '--overwrite', 'namespace', foreign, `${ANNOTATIONS.bypassReason}=`);
    await waitUntil(
      'an empty reason to open nothing',
      async () => {
        try {
          await create(configMaps, { namespace: foreign, labels: RESTORED })(dryRun);
          return false;
        } catch {
          return true;
        }
      },
      { timeoutSeconds: 60 },
    );
  });
});

describe('T04: the attacks know every cluster-scoped kind', () => {
  interface Groups {
    readonly groups: readonly { readonly name: string; readonly preferredVersion: { readonly groupVersion: string } }[];
  }

  /** Answered, never stored. */
  const REVIEWS = ['selfsubjectreviews', 'tokenreviews', 'selfsubjectaccessreviews', 'selfsubjectrulesreviews'];

  test('that the API server serves', async () => {
    const { editor } = attackers;
    const { groups } = await editor.read<Groups>('/apis');
    const paths = groups
      // Velero has no such kind; ours are closed to it by a policy of their own.
      .filter(({ name }) => name !== API_GROUP)
      .map(({ preferredVersion }) => `/apis/${preferredVersion.groupVersion}`);
    const served = await Promise.all(
      ['/api/v1', ...paths].map(async path => creatable(await editor.read(path), 'cluster')),
    );
    const attacked = [...CLUSTER_SAMPLES, ...EXEMPT_SAMPLES, ...HOSTILE_VOLUMES, ...SNAPSHOT_SAMPLES]
      .filter(({ type }) => !type.namespaced)
      .map(({ type }) => type.plural);
    const known = new Set([...attacked, ...REVIEWS, 'subjectaccessreviews']);
    expect(served.flat().filter(plural => !known.has(plural))).toEqual([]);
  });

  // T90: so they are kept out of every Restore by name, and `check` reports what changed.
  test.each(
    EXEMPT_SAMPLES.map(sample => [sample.type.kind, sample] as const),
  )('and that no policy can judge a %s', async (_kind, sample) => {
    await create(sample, { labels: RESTORED })(dryRun);
  });
});

describe('T30: a second Velero', () => {
  const second = { namespace: 'backup', serviceAccount: 'archiver' };
  const self = { name: SELF_IDENTITY };
  let archiver: KubeClient;
  let admin: KubeClient;

  const attempt = (client: KubeClient, sample: Sample, metadata: Partial<KubeObject['metadata']>): Promise<string> =>
    verdictOf(client.create(sample.type, objectOf(sample, { name: nameOf(sample), ...metadata }), dryRun));
  const inForeign = (): Promise<string> => attempt(archiver, configMaps, { namespace: foreign });
  const confirmed = async () => {
    const { status } = await admin.get(OWN.clusterIdentities, self);
    return findCondition(status?.conditions, 'VeleroConfirmed');
  };

  beforeAll(async () => {
    const { prod } = environment.clusters;
    const { namespace, serviceAccount } = second;
    await prod.kubectl('create', 'namespace', namespace);
    await prod.kubectl('create', 'serviceaccount', serviceAccount, '-n', namespace);
    const account = `--serviceaccount=${namespace}:${serviceAccount}`;
    await prod.kubectl('create', 'clusterrolebinding', 'archiver', '--clusterrole=cluster-admin', account);
    archiver = clientOf(await prod.serviceAccountKubeconfig(namespace, serviceAccount));
    admin = clientOf(environment.operator.kubeconfigs.prod);
    await waitUntil('Velero to be as confirmed', async () => (await confirmed())?.status === 'True', {
      timeoutSeconds: 30,
    });
    const labels = { app: 'velero' };
    await prod.apply({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'velero', namespace },
      spec: {
        replicas: 0,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            serviceAccountName: serviceAccount,
            containers: [{ name: 'velero', image: 'velero/velero:v1.18.3' }],
          },
        },
      },
    });
  });

  afterAll(async () => {
    await Promise.all([archiver?.close(), admin?.close()]);
  });

  test('that nobody confirmed is trusted by no wall, and the catalogue tells of it', async () => {
    await expect.poll(confirmed).toMatchObject({
      status: 'False',
      reason: 'VeleroDrift',
      message: expect.stringContaining('"backup/archiver", which nobody confirmed') as string,
    });
    const finished = { ...objectOf(backupSample, { name: 'finished', namespace: second.namespace }) };
    const preset = archiver.create(backupSample.type, { ...finished, status: { phase: 'Completed' } }, dryRun);
    expect(await verdictOf(preset)).toBe('kubectl-recover-operators: CatalogueOnly');
    // Whoever is cluster-admin and not Velero is no business of wall 4.
    expect(await inForeign()).toBe('stored');
    const metrics = await readReplica(environment.catalogues.prod.replicaUrls[0] ?? '', '/metrics');
    expect(metrics.body).toContain('recover_velero_drift 1');
  });

  test('that an operator confirmed stands behind the same walls, apart from the first', async () => {
    const { url } = environment.catalogues.prod;
    const names = ['velero/velero', `${second.namespace}/${second.serviceAccount}`];
    const installed = await environment.operator.recover(
      ...['install', '--context', 'prod', '--catalogue-url', url],
      ...names.flatMap(name => ['--velero', name]),
    );
    expect(installed.stderr).toContain('mode Enforce');
    const refused = 'kubectl-recover-content: ScopeExceeded';
    await expect.poll(inForeign).toBe(refused);
    const { namespace } = second;
    expect(await attempt(archiver, configMaps, { namespace })).toBe('stored');
    expect(await attempt(archiver, secrets, { namespace, labels: RESTORED })).toBe(refused);
    expect(await attempt(archiver, secrets, { namespace: own })).toBe(refused);
    expect(await attempt(attackers.velero, secrets, { namespace })).toBe(refused);
    expect(await attempt(archiver, configMaps, { namespace: marked })).toBe('stored');
    expect(await attempt(archiver, clusterSample('priorityclasses'), {})).toBe(refused);
    const finished = { ...objectOf(backupSample, { name: 'finished', namespace }) };
    // The API server takes up one changed policy after another.
    const preset = () => archiver.create(backupSample.type, { ...finished, status: { phase: 'Completed' } }, dryRun);
    await expect.poll(() => verdictOf(preset())).toBe('stored');
    const group = inNamespace(GROUP_VERSION, 'ApplicationGroup', 'applicationgroups', {
      spec: { namespaces: [foreign], owners: [{ kind: 'User', name: 'mallory' }] },
    });
    // In a marked namespace, where the wall around content has nothing against it: of two refusals either may be told.
    const ofOurs = () => attempt(archiver, group, { namespace: marked });
    await expect.poll(ofOurs).toBe('kubectl-recover-own-kinds: CatalogueOnly');
    await expect.poll(async () => (await confirmed())?.status).toBe('True');
  });
});
