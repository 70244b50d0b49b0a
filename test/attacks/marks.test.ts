import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Code } from '../../api/codes.ts';
import { CORE, type RoleBinding } from '../../api/kubernetes/core-types.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import {
  ANNOTATIONS,
  CATALOGUE_NAMESPACE,
  CATALOGUE_SERVICE_ACCOUNT,
  LABELS,
  REQUESTS_NAMESPACE,
} from '../../api/names.ts';
import { waitUntil } from '../clusters/wait-until.ts';
import { clientOf } from '../environment/api-user.ts';
import { deployPlain } from '../environment/plain-application.ts';
import { quietReporter } from '../environment/quiet-reporter.ts';
import { type RecoveryEnvironment, startRecoveryEnvironment } from '../environment/recovery-environment.ts';
import { verdictOf } from '../environment/verdict.ts';
import { type Attackers, createAttackers } from './attackers.ts';
import { clusterScoped, type FreeObject, objectOf, subresourcesOf } from './free-object.ts';
import { testRules } from './rules.ts';
import { type Attack, testWall, type Wall } from './wall.ts';

/** The mark on a namespace opens wall 4 there, and so does the reason of a person who may `bypass`. */

let environment: RecoveryEnvironment;
let attackers: Attackers;
let catalogue: KubeClient;
/** A person with everything that the editor has, and `bypass`. */
let duty: KubeClient;
/** The same, with `bypass` in the namespace of Velero alone. */
let halfDuty: KubeClient;

const namespaces = clusterScoped('v1', 'Namespace', 'namespaces');
const HASH = 'a-recovery';
const labels = (value: string | null) => ({ metadata: { labels: { [LABELS.recovering]: value } } });
const annotation = (name: string, value: string | null) => ({ metadata: { annotations: { [name]: value } } });
const reserved = (mark = HASH) => ({
  labels: { [LABELS.recovering]: mark },
  annotations: { [ANNOTATIONS.reservedBy]: HASH },
});
const reason = (value: string | null) => annotation(ANNOTATIONS.bypassReason, value);

/** Gives a user what the editor has, and `bypass` by a binding that `bind` makes. */
const person = async (name: string, ...bind: readonly string[]): Promise<KubeClient> => {
  const { prod } = environment.clusters;
  const everything = ['create', 'clusterrolebinding', name, '--clusterrole=everything-plain', `--user=${name}`];
  await prod.kubectl(...everything);
  await prod.kubectl('create', ...bind, '--clusterrole=break-glass', `--user=${name}`);
  return clientOf((await environment.user(name)).kubeconfigs.prod);
};

beforeAll(async () => {
  environment = await startRecoveryEnvironment({ report: quietReporter });
  const { prod } = environment.clusters;
  catalogue = clientOf(await prod.serviceAccountKubeconfig(CATALOGUE_NAMESPACE, CATALOGUE_SERVICE_ACCOUNT));
  await catalogue.create(namespaces.type, objectOf(namespaces, { name: 'shop', ...reserved() }));
  await catalogue.create(namespaces.type, objectOf(namespaces, { name: 'taken-over', ...reserved('another') }));
  await deployPlain(prod, 'alice', 'shop', 'mail', 'blog');
  attackers = await createAttackers(environment);
  await prod.kubectl('label', 'namespace', 'blog', 'team=blog');
  await prod.kubectl('annotate', 'namespace', 'blog', `${ANNOTATIONS.bypassReason}=INC-42`);
  await prod.kubectl('patch', 'namespace', 'blog', '-p', JSON.stringify(await held()));
  await catalogue.create(
    namespaces.type,
    objectOf(namespaces, { name: 'nameless', labels: { [LABELS.recovering]: '' } }),
  );
  await prod.kubectl('create', 'clusterrole', 'break-glass', '--verb=bypass', '--resource=restores.velero.io');
  duty = await person('duty', 'clusterrolebinding', 'duty-bypass');
  halfDuty = await person('half-duty', 'rolebinding', 'duty-bypass', '--namespace=velero');
  // It refuses Velero's account every write to a namespace. What is tested here is the policy on marks alone.
  await prod.kubectl('delete', 'validatingadmissionpolicybinding', 'kubectl-recover-content');
  await waitUntil(
    'wall 4 to be down and the persons to have their rights',
    async () => {
      const tried = await Promise.allSettled([
        attackers.velero.mergePatch(namespaces.type, { name: 'mail' }, plainChange, { dryRun: true }),
        duty.mergePatch(namespaces.type, { name: 'mail' }, reason('INC-1'), { dryRun: true }),
        halfDuty.mergePatch(namespaces.type, { name: 'mail' }, plainChange, { dryRun: true }),
      ]);
      return tried.every(({ status }) => status === 'fulfilled');
    },
    { timeoutSeconds: 30 },
  );
});

afterAll(async () => {
  await Promise.all([catalogue, duty, halfDuty, attackers].map(each => each?.close()));
  await environment?.stop();
});

/** Metadata that keeps a namespace: from being deleted, and for as long as its owner is there. */
const held = async (): Promise<object> => {
  const { metadata } = await catalogue.get(namespaces.type, { name: 'default' });
  const owner = { apiVersion: 'v1', kind: 'Namespace', name: 'default', uid: metadata.uid };
  return { metadata: { finalizers: ['test.example/hold'], ownerReferences: [owner] } };
};

const plainChange = { metadata: { labels: { team: 'shop' }, annotations: { 'team.example/note': 'kept' } } };

type Who = 'editor' | 'operator' | 'pipeline' | 'velero' | 'duty' | 'halfDuty';

const clientFor = (who: Who): KubeClient => {
  switch (who) {
    case 'duty':
      return duty;
    case 'halfDuty':
      return halfDuty;
    default:
      return attackers[who];
  }
};

const attacksOf = (who: Who, code: Code) => {
  const change =
    (name: string, patch: Readonly<Record<string, unknown>>): Attack['act'] =>
    options =>
      clientFor(who).mergePatch(namespaces.type, { name }, patch, options);
  const changeStatus =
    (name: string, patch: Readonly<Record<string, unknown>>): Attack['act'] =>
    options =>
      clientFor(who).mergePatch(subresourcesOf(namespaces, name), { name: 'status' }, patch, options);
  const create =
    (metadata: Partial<FreeObject['metadata']>): Attack['act'] =>
    options =>
      clientFor(who).create(namespaces.type, objectOf(namespaces, { name: 'fresh', ...metadata }), options);
  const attack = (what: string, act: Attack['act']): Attack => ({ id: 'T46', what: `${who} ${what}`, code, act });
  return { attack, change, changeStatus, create };
};

const markAttacks = (who: Who): readonly Attack[] => {
  const { attack, change, changeStatus, create } = attacksOf(who, 'CatalogueOnly');
  return [
    attack('sets the mark', change('mail', labels('another'))),
    attack('sets the mark without a value', change('mail', labels(''))),
    attack('copies the mark of a namespace that is being recovered', change('mail', labels(HASH))),
    attack('sets the mark by way of the status', changeStatus('mail', labels(HASH))),
    attack('makes a namespace that has the mark', create({ labels: { [LABELS.recovering]: HASH } })),
    attack('changes the mark', change('shop', labels('another'))),
    attack('takes the mark off', change('shop', labels(null))),
    attack('takes the mark off by way of the status', changeStatus('shop', labels(null))),
    attack('sets who reserved a namespace', change('mail', annotation(ANNOTATIONS.reservedBy, HASH))),
    attack('changes who reserved a namespace', change('shop', annotation(ANNOTATIONS.reservedBy, 'another'))),
    attack('takes off who reserved a namespace', change('shop', annotation(ANNOTATIONS.reservedBy, null))),
    attack('makes a namespace that is reserved', create({ annotations: { [ANNOTATIONS.reservedBy]: HASH } })),
  ];
};

const reasonAttacks = (who: Who): readonly Attack[] => {
  const { attack, change, changeStatus, create } = attacksOf(who, 'Forbidden');
  return [
    attack('sets a reason', change('mail', reason('INC-1'))),
    attack('sets a reason by way of the status', changeStatus('mail', reason('INC-1'))),
    attack('changes the reason that another gave', change('blog', reason('INC-1'))),
    attack('makes a namespace that has a reason', create({ annotations: { [ANNOTATIONS.bypassReason]: 'INC-1' } })),
  ];
};

const marks: Wall = {
  name: 'marks',
  policy: 'kubectl-recover-marks',
  cluster: () => environment.clusters.prod,
  state: async () => {
    const found = await Promise.all(
      ['shop', 'mail', 'blog', 'fresh'].map(name => attackers.editor.find(namespaces.type, { name })),
    );
    return found.map(namespace => [namespace?.metadata.labels, namespace?.metadata.annotations]);
  },
  attacks: [
    // The pipeline is cluster-admin, and so holds `bypass` too; a reason is given by persons.
    ...(['editor', 'operator', 'pipeline', 'velero'] as const).flatMap(who => [
      ...markAttacks(who),
      ...reasonAttacks(who),
    ]),
    ...markAttacks('duty'),
    ...reasonAttacks('halfDuty'),
  ],
};

testWall(marks);
testRules(marks);

const ownerIn = (namespace: string): RoleBinding => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'RoleBinding',
  metadata: { name: 'kubectl-recover-owners', namespace },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'admin' },
  subjects: [{ kind: 'ServiceAccount', name: 'mallory', namespace: 'drafts' }],
});

const RELEASES = 'kubectl-recover-releases';

/** Namespaces that are never recovered: Kubernetes' own, Velero's, the catalogue's. */
const PLATFORM = ['kube-system', 'default', 'velero', CATALOGUE_NAMESPACE, REQUESTS_NAMESPACE] as const;

const byCatalogue = (what: string, act: Attack['act']): Attack => ({
  id: 'T47',
  what: `the catalogue ${what}`,
  code: 'NamespaceProtected',
  act,
});

const changeByCatalogue = (what: string, name: string, patch: Readonly<Record<string, unknown>>): Attack =>
  byCatalogue(what, options => catalogue.mergePatch(namespaces.type, { name }, patch, options));

const nobody = { apiVersion: 'v1', kind: 'Node', name: 'nobody', uid: '00000000-0000-4000-8000-000000000000' };

const releases: Wall = {
  name: 'releases',
  policy: RELEASES,
  cluster: () => environment.clusters.prod,
  state: async () => {
    const found = await Promise.all(
      ['shop', 'mail', 'blog', ...PLATFORM].map(name => attackers.editor.find(namespaces.type, { name })),
    );
    return found.map(namespace => namespace?.metadata);
  },
  attacks: [
    ...(['mail', 'shop'] as const).map(name =>
      changeByCatalogue(
        `says of namespace ${name}, which is there, that it made it for a recovery`,
        name,
        annotation(ANNOTATIONS.reservedBy, 'another'),
      ),
    ),
    ...PLATFORM.map(name => changeByCatalogue(`marks namespace ${name}`, name, labels(HASH))),
    ...['openshift', 'openshift-x'].map(name =>
      byCatalogue(`makes namespace ${name}, of the platform, with the mark`, options =>
        catalogue.create(namespaces.type, objectOf(namespaces, { name, ...reserved() }), options),
      ),
    ),
    changeByCatalogue('sets a label', 'mail', {
      metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } },
    }),
    changeByCatalogue('changes a label', 'blog', { metadata: { labels: { team: 'mail' } } }),
    changeByCatalogue('changes a reason', 'blog', reason('INC-1')),
    changeByCatalogue('takes a finalizer off', 'blog', { metadata: { finalizers: null } }),
    changeByCatalogue('takes an owner off', 'blog', { metadata: { ownerReferences: null } }),
    changeByCatalogue('takes a label off', 'blog', { metadata: { labels: { team: null } } }),
    changeByCatalogue('says a reason', 'mail', reason('INC-1')),
    changeByCatalogue('takes a reason off', 'blog', reason(null)),
    changeByCatalogue('has a namespace collected as garbage', 'mail', { metadata: { ownerReferences: [nobody] } }),
    changeByCatalogue('keeps a namespace from being deleted', 'mail', {
      metadata: { finalizers: ['test.example/keep'] },
    }),
  ],
};

testWall(releases);
testRules({
  ...releases,
  attacks: [
    ...releases.attacks,
    byCatalogue('deletes a namespace that it did not make', options =>
      catalogue.remove(namespaces.type, { name: 'mail' }, options),
    ),
  ],
});

const owners: Wall = {
  name: 'owners',
  policy: 'kubectl-recover-owners',
  cluster: () => environment.clusters.prod,
  state: () => attackers.editor.listAll(CORE.roleBindings),
  attacks: ['mail', ...PLATFORM].map(namespace =>
    byCatalogue(`makes an owner admin of namespace ${namespace}, which it did not make`, options =>
      catalogue.create(CORE.roleBindings, ownerIn(namespace), options),
    ),
  ),
};

testWall(owners);
testRules(owners);

test('owners are made admins of a namespace that the catalogue made', async () => {
  await catalogue.create(CORE.roleBindings, ownerIn('shop'), { dryRun: true });
});

test.each([
  'mail',
  'blog',
  'velero',
  'taken-over',
  'nameless',
])('T47 | releases | NamespaceProtected | the catalogue deletes namespace %s, which it did not make for the recovery in it', async name => {
  const removal = catalogue.remove(namespaces.type, { name });
  expect(await verdictOf(removal)).toBe(`${RELEASES}: NamespaceProtected`);
  expect((await attackers.editor.get(namespaces.type, { name })).metadata.deletionTimestamp).toBeUndefined();
});

describe('what must pass', () => {
  const dryRun = { dryRun: true } as const;

  test('a person who may bypass gives a reason, changes it, and makes a namespace with it', async () => {
    const given = await duty.mergePatch(namespaces.type, { name: 'mail' }, reason('INC-7'), dryRun);
    expect(given.metadata.annotations?.[ANNOTATIONS.bypassReason]).toBe('INC-7');
    await duty.mergePatch(namespaces.type, { name: 'blog' }, reason('INC-8'), dryRun);
    const annotations = { [ANNOTATIONS.bypassReason]: 'INC-9' };
    await duty.create(namespaces.type, objectOf(namespaces, { name: 'fresh', annotations }), dryRun);
  });

  test('everybody who may change a namespace takes a reason off, and changes what is not ours', async () => {
    for (const who of ['editor', 'operator', 'pipeline', 'velero', 'halfDuty'] as const) {
      const client = clientFor(who);
      await client.mergePatch(namespaces.type, { name: 'blog' }, reason(null), dryRun);
      for (const name of ['shop', 'mail', 'blog']) {
        const changed = await client.mergePatch(namespaces.type, { name }, plainChange, dryRun);
        expect(changed.metadata.labels?.['team']).toBe('shop');
      }
      await client.create(namespaces.type, objectOf(namespaces, { name: 'fresh', ...plainChange.metadata }), dryRun);
    }
  });

  test('the catalogue marks and reserves, and takes both off again', async () => {
    await catalogue.mergePatch(namespaces.type, { name: 'mail' }, labels(HASH), dryRun);
    await catalogue.mergePatch(namespaces.type, { name: 'shop' }, labels(null), dryRun);
    const metadata = { name: 'fresh', ...labels(HASH).metadata, ...annotation(ANNOTATIONS.reservedBy, HASH).metadata };
    await catalogue.create(namespaces.type, objectOf(namespaces, metadata as FreeObject['metadata']), dryRun);
  });

  test('T47: the catalogue gives back what it made for a recovery', async () => {
    await catalogue.create(namespaces.type, objectOf(namespaces, { name: 'unused', ...reserved() }));
    await catalogue.remove(namespaces.type, { name: 'unused' });
    await waitUntil(
      'the namespace to be gone',
      async () => (await attackers.editor.find(namespaces.type, { name: 'unused' })) === undefined,
      { timeoutSeconds: 30 },
    );
  });

  test('a marked namespace can be deleted', async () => {
    await environment.clusters.prod.kubectl('delete', 'namespace', 'shop', '--wait=true', '--timeout=60s');
    expect(await attackers.editor.find(namespaces.type, { name: 'shop' })).toBeUndefined();
  });
});

test('T46: the admin of a namespace has no right to change the namespace itself', async () => {
  for (const change of [labels(HASH), reason('INC-1'), annotation(ANNOTATIONS.reservedBy, HASH)]) {
    await expect(attackers.alice.mergePatch(namespaces.type, { name: 'mail' }, change)).rejects.toMatchObject({
      reason: 'Forbidden',
      message: expect.stringContaining('"alice" cannot patch resource "namespaces"') as string,
    });
  }
});
