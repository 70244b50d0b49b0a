import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { digestOf, randomName } from '../../api/digest.ts';
import type { AccessRequest } from '../../api/kinds/access-request.ts';
import type { ApplicationGroup } from '../../api/kinds/application-group.ts';
import type { ClusterIdentity } from '../../api/kinds/cluster-identity.ts';
import type { NamespaceClaim } from '../../api/kinds/namespace-claim.ts';
import type { KubeObject, Stored } from '../../api/kinds/object-meta.ts';
import type { Recovery } from '../../api/kinds/recovery.ts';
import type { RecoveryApproval } from '../../api/kinds/recovery-approval.ts';
import type { RecoveryPolicy } from '../../api/kinds/recovery-policy.ts';
import type { Requester } from '../../api/kinds/requester.ts';
import { CORE } from '../../api/kubernetes/core-types.ts';
import type { KubeClient, Target } from '../../api/kubernetes/kube-client.ts';
import { OWN, pathOf, type ResourceType } from '../../api/kubernetes/resource-type.ts';
import { ANNOTATIONS, DEFAULT_POLICY, GROUP_VERSION, REQUESTS_NAMESPACE, SELF_IDENTITY } from '../../api/names.ts';
import { clientOf, getGrant, type HeldGrant, recoveryFor, waitForCondition } from '../environment/api-user.ts';
import { deployPlain } from '../environment/plain-application.ts';
import { quietReporter } from '../environment/quiet-reporter.ts';
import {
  type RecoveryEnvironment,
  startRecoveryEnvironment,
  type TestUser,
} from '../environment/recovery-environment.ts';
import { backUp, registerGroup } from '../environment/team-work.ts';
import { verdictOf } from '../environment/verdict.ts';
import { FakeCluster } from '../fakes/fake-authority.ts';
import { type Attackers, createAttackers } from './attackers.ts';
import { declarerAttacks, lossAttacks, PEERS, trustedPeers } from './peer-attacks.ts';
import { testRules } from './rules.ts';
import { type AdmissionPart, type PutBack, takeAway } from './take-away.ts';
import { type Attack, testWall, type Wall } from './wall.ts';

/**
 * The requester rule and wall 5, which refuse in every mode: who asked is who the API server authenticated, and what
 * the catalogue decided is written by the catalogue.
 */

const REQUESTER_RULE = 'kubectl-recover-requester';
const OWN_KINDS = 'kubectl-recover-own-kinds';
const OBJECTS = 'objects.kubectl-recover.io';
const NOBODYS_UID = '00000000-0000-4000-8000-000000000000';

let environment: RecoveryEnvironment;
let attackers: Attackers;
/** Cluster-admin, whom RBAC refuses nothing. */
let admin: KubeClient;
let bob: KubeClient;
let recovery: Stored<Recovery>;
let request: Stored<AccessRequest>;
let approval: Stored<RecoveryApproval>;
let claim: Stored<NamespaceClaim>;
let peer: FakeCluster;

const insiders = ['editor', 'operator', 'pipeline', 'velero'] as const;
type Insider = (typeof insiders)[number];

const requests = (name = randomName()) => ({ name, namespace: REQUESTS_NAMESPACE });

const newRequest = (requester?: Requester): AccessRequest => ({
  apiVersion: GROUP_VERSION,
  kind: 'AccessRequest',
  metadata: requests(),
  spec: { wants: { groups: true }, ...(requester === undefined ? {} : { requester }) },
});

const newApproval = (requester?: Requester): RecoveryApproval => ({
  apiVersion: GROUP_VERSION,
  kind: 'RecoveryApproval',
  metadata: requests(),
  spec: {
    recovery: { name: recovery.metadata.name, uid: recovery.metadata.uid },
    validationDigest: digestOf({}),
    decision: 'Approve',
    ...(requester === undefined ? {} : { requester }),
  },
});

const newGroup = (metadata: Partial<ApplicationGroup['metadata']> = {}): ApplicationGroup => ({
  apiVersion: GROUP_VERSION,
  kind: 'ApplicationGroup',
  metadata: { name: 'drafts', namespace: 'drafts', ...metadata },
  spec: { namespaces: ['drafts'], owners: [{ kind: 'User', name: 'mallory' }] },
});

const newClaim = (): NamespaceClaim => ({
  apiVersion: GROUP_VERSION,
  kind: 'NamespaceClaim',
  metadata: { name: NOBODYS_UID },
  spec: { ...claim.spec, namespace: 'drafts' },
});

const newPolicy = async (client: KubeClient): Promise<RecoveryPolicy> => {
  const { apiVersion, kind, spec } = await client.get(OWN.recoveryPolicies, { name: DEFAULT_POLICY });
  return { apiVersion, kind, metadata: { name: 'anything-goes' }, spec } as RecoveryPolicy;
};

const newPeer = (): ClusterIdentity => ({
  apiVersion: GROUP_VERSION,
  kind: 'ClusterIdentity',
  metadata: { name: 'peer' },
  spec: { clusterID: peer.id, keys: peer.publicKeys() },
});

/** Who the API server takes a login for. */
const userOf = async (client: KubeClient): Promise<Requester> => {
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  const { status } = await client.review<{ readonly status: { readonly userInfo: Requester } }>(path, body);
  return status.userInfo;
};

beforeAll(async () => {
  // In this mode walls 1 to 4 only warn, so what is refused here is refused by wall 5 and the requester rule alone.
  environment = await startRecoveryEnvironment({ report: quietReporter, mode: 'Audit' });
  const { prod } = environment.clusters;
  await deployPlain(prod, 'alice', 'shop', 'drafts');
  await registerGroup(await environment.user('alice'), 'prod', 'shop', ['shop']);
  await backUp(prod, 'whole');
  attackers = await createAttackers(environment);
  admin = clientOf(environment.operator.kubeconfigs.prod);
  bob = clientOf((await environment.user('bob')).kubeconfigs.prod);
  peer = await FakeCluster.create('peer');
  const { alice } = attackers;
  const held = await getGrant(alice, 'shop/shop');
  const registration = await recoveryFor({ held, backup: 'whole', destination: prod.clusterId });
  recovery = await waitForCondition(alice, await alice.create(OWN.recoveries, registration), 'succeeded');
  const [first] = await admin.listAll(OWN.accessRequests, { namespace: REQUESTS_NAMESPACE });
  const [only] = await admin.listAll(OWN.namespaceClaims);
  if (!first || !only) throw new Error('nothing was asked or claimed');
  request = first;
  claim = only;
  approval = await admin.create(OWN.recoveryApprovals, newApproval());
  for (const trusted of await trustedPeers()) await admin.create(OWN.clusterIdentities, trusted);
});

afterAll(async () => {
  await Promise.all([attackers?.close(), admin?.close(), bob?.close()]);
  await environment?.stop();
});

describe('the requester in the body', () => {
  const forger = async (): Promise<Requester> => ({ ...(await userOf(attackers.editor)), username: 'alice' });

  test('T67 | is overwritten with who asks', async () => {
    const made = await attackers.editor.create(OWN.accessRequests, newRequest(await forger()), { dryRun: true });
    expect(made.spec.requester).toEqual(await userOf(attackers.editor));
    const approved = await attackers.editor.create(OWN.recoveryApprovals, newApproval(await forger()), {
      dryRun: true,
    });
    expect(approved.spec.requester?.username).toBe('editor');
  });

  test('T67 | of an ApplicationGroup, which is an annotation, too', async () => {
    const forged = newGroup({ annotations: { [ANNOTATIONS.requester]: JSON.stringify({ username: 'alice' }) } });
    const made = await admin.create(OWN.applicationGroups, forged, { dryRun: true });
    const { username } = JSON.parse(made.metadata.annotations?.[ANNOTATIONS.requester] ?? '');
    expect(username).toBe((await userOf(admin)).username);
  });

  test('T67 | wall 5 reads a name with quotes and backslashes as the webhook writes it', async () => {
    const { prod } = environment.clusters;
    const name = 'acme\\dora "d"';
    await prod.apply({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'admin-dora', namespace: 'shop' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'admin' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name }],
    });
    const change = '{"spec":{"destinations":[{"cloud":"aws","region":"us-east-1"}]}}';
    const patch = ['patch', 'appgroup', 'shop', '-n', 'shop', '--type=merge', '-p', change];
    const answer = await prod.kubectl(...patch, '--dry-run=server', '-o', 'json', `--as=${name}`, '--as-group=g"1');
    const { metadata } = JSON.parse(answer) as KubeObject;
    const { username, groups } = JSON.parse(metadata.annotations?.[ANNOTATIONS.requester] ?? '');
    expect({ username, groups }).toEqual({ username: name, groups: ['g"1', 'system:authenticated'] });
  });

  describe('with the mutating webhook away', () => {
    /** What a forger may say of himself, from who he is. */
    const lies: Readonly<Record<string, (truth: Requester) => Requester | undefined>> = {
      'somebody else': truth => ({ ...truth, username: 'alice' }),
      'a further group': truth => ({ ...truth, groups: [...(truth.groups ?? []), 'system:masters'] }),
      'no groups': ({ groups: _, ...truth }) => truth,
      'a UID of another': truth => ({ ...truth, uid: NOBODYS_UID }),
      'something extra': truth => ({ ...truth, extra: { 'test.example/scope': ['everything'] } }),
      'nobody at all': () => undefined,
    };
    const forgers = (['editor', 'pipeline'] as const).flatMap(who => Object.keys(lies).map(lie => [who, lie] as const));
    let putBack: PutBack;

    const forged = async (who: Insider, lie: string): Promise<string[]> => {
      const requester = lies[lie]?.(await userOf(attackers[who]));
      const destination = environment.clusters.prod.clusterId;
      const registration = await recoveryFor({ held, backup: 'whole', destination });
      const spec = { ...registration.spec, ...(requester === undefined ? {} : { requester }) };
      return Promise.all([
        verdictOf(attackers[who].create(OWN.accessRequests, newRequest(requester))),
        verdictOf(attackers[who].create(OWN.recoveryApprovals, newApproval(requester))),
        verdictOf(attackers[who].create(OWN.recoveries, { ...registration, spec })),
      ]);
    };

    /** Of alice, which makes her worth being taken for. */
    let held: HeldGrant;

    const probe = (): Promise<string> =>
      verdictOf(attackers.editor.create(OWN.accessRequests, newRequest(), { dryRun: true }));
    const theWebhook = (): AdmissionPart => ({
      cluster: environment.clusters.prod,
      kind: 'MutatingWebhookConfiguration',
      name: 'kubectl-recover',
      probe,
    });

    beforeAll(async () => {
      held = await getGrant(attackers.alice, 'shop/shop');
      putBack = await takeAway(theWebhook());
    });

    afterAll(async () => {
      await putBack?.();
    });

    test('who says the truth is heard', async () => {
      for (const who of insiders.filter(name => name !== 'velero')) {
        const requester = await userOf(attackers[who]);
        const write = attackers[who].create(OWN.accessRequests, newRequest(requester), { dryRun: true });
        expect(await verdictOf(write)).toBe('stored');
      }
    });

    test.each(forgers)('T67 | requester rule | RequesterMismatch | %s says he is %s', async (who, lie) => {
      expect(await forged(who, lie)).toEqual(Array(3).fill(`${REQUESTER_RULE}: RequesterMismatch`));
    });

    const forgedAnnotations: Readonly<Record<string, string>> = {
      'somebody else': '{"username":"alice"}',
      'two at once': '{"username":"USER","username":"alice"}',
      'himself with another’s groups': '{"username":"USER","groups":["system:masters"]}',
      'no JSON': 'alice',
    };

    test.each(
      Object.entries(forgedAnnotations),
    )('T67 | wall 5 | RequesterMismatch | a group registered by %s', async (_lie, value) => {
      for (const who of ['editor', 'pipeline'] as const) {
        const { username } = await userOf(attackers[who]);
        const annotations = { [ANNOTATIONS.requester]: value.replaceAll('USER', username) };
        const made = attackers[who].create(OWN.applicationGroups, newGroup({ annotations }));
        expect(await verdictOf(made)).toBe(`${OWN_KINDS}: RequesterMismatch`);
        const changed = attackers[who].mergePatch(
          OWN.applicationGroups,
          { namespace: 'shop', name: 'shop' },
          { metadata: { annotations }, spec: { destinations: [{ cloud: 'aws', region: 'us-east-1' }] } },
        );
        expect(await verdictOf(changed)).toBe(`${OWN_KINDS}: RequesterMismatch`);
      }
    });

    test('T67 | a group registered by its requester, by his own word, is heard', async () => {
      const { username, uid, groups } = await userOf(attackers.pipeline);
      const annotations = { [ANNOTATIONS.requester]: JSON.stringify({ username, uid, groups }) };
      const made = attackers.pipeline.create(OWN.applicationGroups, newGroup({ annotations }), { dryRun: true });
      expect(await verdictOf(made)).toBe('stored');
    });

    describe('and the requester rule with it', () => {
      let putRuleBack: PutBack;

      beforeAll(async () => {
        putRuleBack = await takeAway({
          cluster: environment.clusters.prod,
          kind: 'ValidatingAdmissionPolicyBinding',
          name: REQUESTER_RULE,
          probe,
        });
      });

      afterAll(async () => {
        await putRuleBack?.();
      });

      test.each(forgers)('T67 | webhook | RequesterMismatch | %s says he is %s', async (who, lie) => {
        expect(await forged(who, lie)).toEqual(Array(3).fill(`${OBJECTS}: RequesterMismatch`));
      });
    });
  });
});

describe('names of requests', () => {
  test('T67 | requester rule | RequestInvalid | generateName beside a proper name', async () => {
    const { alice, editor } = attackers;
    const generating = <Resource extends KubeObject>(object: Resource): Resource => ({
      ...object,
      metadata: { ...object.metadata, generateName: object.metadata.name },
    });
    const refused = `${REQUESTER_RULE}: RequestInvalid`;
    expect(await verdictOf(alice.create(OWN.accessRequests, generating(newRequest())))).toBe(refused);
    expect(await verdictOf(editor.create(OWN.recoveryApprovals, generating(newApproval())))).toBe(refused);
  });

  test('T67 | schema | generateName alone, and names of one’s own choice', async () => {
    const { alice } = attackers;
    const generated = { ...newRequest(), metadata: { ...requests(''), generateName: 'mine-' } };
    expect(await verdictOf(alice.create(OWN.accessRequests, generated))).toBe('schema');
    for (const name of ['mine', randomName().toUpperCase().toLowerCase().slice(1), `${randomName()}0`]) {
      const chosen = { ...newRequest(), metadata: requests(name) };
      expect(await verdictOf(alice.create(OWN.accessRequests, chosen))).toBe('schema');
    }
  });

  test('T67 | webhook | RequestInvalid | a Recovery under a random name that is not its token’s', async () => {
    const { alice } = attackers;
    const held = await getGrant(alice, 'shop/shop');
    const destination = environment.clusters.prod.clusterId;
    const registration = await recoveryFor({ held, backup: 'whole', destination });
    const renamed = { ...registration, metadata: requests() };
    expect(await verdictOf(alice.create(OWN.recoveries, renamed))).toBe(`${OBJECTS}: RequestInvalid`);
  });
});

describe('impersonation', () => {
  const create = (user: TestUser, as: readonly string[]): Promise<string> => {
    const path = join(environment.clusters.prod.dir, 'asked.json');
    return user.kubectl('prod', 'create', '-f', path, '--dry-run=server', '-o', 'json', ...as);
  };

  beforeAll(async () => {
    await writeFile(join(environment.clusters.prod.dir, 'asked.json'), JSON.stringify(newRequest()));
  });

  test('T56: for whom RBAC lets somebody speak, he is: the API server alone knows both names', async () => {
    const { spec } = JSON.parse(await create(environment.operator, ['--as=alice', '--as-group=devs'])) as AccessRequest;
    expect(spec.requester?.username).toBe('alice');
    expect(spec.requester?.groups).toEqual(['devs', 'system:authenticated']);
  });
});

describe('strangers in the namespace of requests', () => {
  test('T67 | RBAC | neither list nor watch nor change nor delete; a guessed name is nobody’s', async () => {
    for (const client of [attackers.alice, bob]) {
      for (const type of [OWN.accessRequests, OWN.recoveries, OWN.recoveryApprovals]) {
        const path = pathOf(type, { namespace: REQUESTS_NAMESPACE });
        expect(await verdictOf(client.read(path))).toBe('RBAC');
        expect(await verdictOf(client.read(`${path}?watch=true`))).toBe('RBAC');
        expect(await verdictOf(client.read(pathOf(type)))).toBe('RBAC');
      }
      for (const type of [OWN.accessRequests, OWN.recoveries] as const) {
        expect(await verdictOf(client.get<KubeObject>(type, requests()))).toBe('NotFound');
      }
      expect(await verdictOf(client.remove(OWN.recoveries, recovery.metadata))).toBe('RBAC');
      expect(await verdictOf(client.remove(OWN.accessRequests, request.metadata))).toBe('RBAC');
      expect(await verdictOf(client.mergePatch(OWN.recoveries, recovery.metadata, { metadata: {} }))).toBe('RBAC');
      expect(await verdictOf(client.read(`/api/v1/namespaces/${REQUESTS_NAMESPACE}/events`))).toBe('RBAC');
      expect(await verdictOf(client.read(pathOf(OWN.namespaceClaims)))).toBe('RBAC');
      expect(await verdictOf(client.read(pathOf(OWN.clusterIdentities)))).toBe('RBAC');
    }
  });
});

describe('T67: what was asked', () => {
  const changes: readonly (readonly [string, () => Promise<unknown>[]])[] = (
    ['editor', 'operator', 'pipeline'] as const
  ).map(who => [
    who,
    () => [
      attackers[who].mergePatch(OWN.recoveries, recovery.metadata, { spec: { restore: { volumes: 'Skip' } } }),
      attackers[who].mergePatch(OWN.recoveries, recovery.metadata, { spec: { requester: { username: who } } }),
      attackers[who].mergePatch(OWN.recoveries, recovery.metadata, { spec: { requester: null } }),
      attackers[who].mergePatch(OWN.recoveries, recovery.metadata, { spec: { reason: 'added later' } }),
      attackers[who].mergePatch(OWN.accessRequests, request.metadata, { spec: { group: 'mail/mail' } }),
      attackers[who].mergePatch(OWN.accessRequests, request.metadata, { spec: { requester: { username: who } } }),
      attackers[who].mergePatch(OWN.recoveryApprovals, approval.metadata, { spec: { decision: 'Refuse' } }),
    ],
  ]);

  test.each(changes)('schema | is not changed by %s', async (_who, writes) => {
    expect(await Promise.all(writes().map(verdictOf))).toEqual(Array(7).fill('schema'));
    expect((await admin.get(OWN.recoveries, recovery.metadata)).spec).toEqual(recovery.spec);
  });
});

/** Writes another status, as read with the attacker's own login. */
const statusWrite =
  <Resource extends KubeObject>(
    who: Insider,
    type: ResourceType<Resource>,
    at: () => Target,
    status: Readonly<Record<string, unknown>>,
  ): Attack['act'] =>
  async options => {
    const present: Stored<Resource> & { readonly status?: object } = await attackers[who].get(type, at());
    const changed = { ...present, status: { ...present.status, ...status } };
    return attackers[who].replace(type, changed as unknown as Resource, { ...options, subresource: 'status' });
  };

const statusAttacks = (who: Insider): Attack[] => [
  {
    id: 'T67',
    what: `${who} says that a Recovery was admitted`,
    code: 'CatalogueOnly',
    act: statusWrite(who, OWN.recoveries, () => recovery.metadata, {
      admission: { restoreUID: NOBODYS_UID, time: '2026-03-02T12:00:00Z', stored: true },
    }),
  },
  {
    id: 'T71',
    what: `${who} gives a used token back`,
    code: 'CatalogueOnly',
    act: statusWrite(who, OWN.recoveries, () => recovery.metadata, { admission: undefined, conditions: [] }),
  },
  {
    id: 'T67',
    what: `${who} answers an AccessRequest`,
    code: 'CatalogueOnly',
    act: statusWrite(who, OWN.accessRequests, () => request.metadata, { grant: 'e30.e30.AA' }),
  },
  {
    id: 'T58',
    what: `${who} gives a group the ID of another`,
    code: 'CatalogueOnly',
    act: statusWrite(who, OWN.applicationGroups, () => ({ namespace: 'shop', name: 'shop' }), {
      groupID: `${NOBODYS_UID}/${NOBODYS_UID}`,
    }),
  },
  {
    id: 'T63',
    what: `${who} tells other keys of this cluster`,
    code: 'CatalogueOnly',
    act: statusWrite(who, OWN.clusterIdentities, () => ({ name: SELF_IDENTITY }), { keys: [] }),
  },
];

const claimAttacks = (who: Insider | 'a cluster-admin', client: () => KubeClient): Attack[] => [
  {
    id: 'T53',
    what: `${who} claims a namespace by hand`,
    code: 'CatalogueOnly',
    act: options => client().create(OWN.namespaceClaims, newClaim(), options),
  },
  {
    id: 'T53',
    what: `${who} gives a claim to another group`,
    code: 'CatalogueOnly',
    act: options =>
      client().mergePatch(
        OWN.namespaceClaims,
        claim.metadata,
        { spec: { groupID: `${NOBODYS_UID}/${NOBODYS_UID}` } },
        options,
      ),
  },
];

const veleroAttack = (id: string, what: string, act: Attack['act']): Attack => ({
  id,
  what: `Velero’s account ${what}`,
  code: 'CatalogueOnly',
  act,
});

/** These are up against the requester rule too. */
const restoredRequests: readonly Attack[] = [
  veleroAttack('T28', 'restores an AccessRequest', options =>
    attackers.velero.create(OWN.accessRequests, newRequest(), options),
  ),
  veleroAttack('T28', 'restores a RecoveryApproval', options =>
    attackers.velero.create(OWN.recoveryApprovals, newApproval(), options),
  ),
];

const wall5: Wall = {
  name: 'wall 5',
  policy: OWN_KINDS,
  cluster: () => environment.clusters.prod,
  state: async () => {
    const [group, self, policy, claims, groups, policies, identities] = await Promise.all([
      admin.get(OWN.applicationGroups, { namespace: 'shop', name: 'shop' }),
      admin.get(OWN.clusterIdentities, { name: SELF_IDENTITY }),
      admin.get(OWN.recoveryPolicies, { name: DEFAULT_POLICY }),
      admin.listAll(OWN.namespaceClaims),
      admin.listAll(OWN.applicationGroups),
      admin.listAll(OWN.recoveryPolicies),
      admin.listAll(OWN.clusterIdentities),
    ]);
    const [asked, registered] = await Promise.all([
      admin.get(OWN.accessRequests, request.metadata),
      admin.get(OWN.recoveries, recovery.metadata),
    ]);
    return {
      objects: [group, policy, asked, registered].map(({ metadata, spec }) => ({ ...metadata, spec })),
      peers: identities
        .filter(({ metadata }) => metadata.name !== SELF_IDENTITY)
        .map(({ metadata, spec }) => ({ ...metadata, spec })),
      statuses: [group.status, asked.status, registered.status, self.status?.keys],
      self: self.spec,
      claims: claims.map(({ spec }) => spec),
      names: [...groups, ...policies, ...identities].map(({ metadata }) => metadata.name),
    };
  },
  attacks: [
    ...(await declarerAttacks(() => attackers.declarer)),
    ...(await lossAttacks('editor', () => attackers.editor)),
    ...(await lossAttacks('operator', () => attackers.operator)),
    ...insiders.flatMap(statusAttacks),
    ...insiders.flatMap(who => claimAttacks(who, () => attackers[who])),
    ...claimAttacks('a cluster-admin', () => admin),
    ...(['editor', 'operator', 'pipeline'] as const).map(
      (who): Attack => ({
        id: 'T67',
        what: `${who} says that another registered a group`,
        code: 'CatalogueOnly',
        act: options =>
          attackers[who].mergePatch(
            OWN.applicationGroups,
            { namespace: 'shop', name: 'shop' },
            { metadata: { annotations: { [ANNOTATIONS.requester]: '{"username":"bob"}' } } },
            options,
          ),
      }),
    ),
    ...(['editor', 'operator', 'pipeline'] as const).map(
      (who): Attack => ({
        id: 'T58',
        what: `${who} says which group a group is`,
        code: 'CatalogueOnly',
        act: options =>
          attackers[who].mergePatch(
            OWN.applicationGroups,
            { namespace: 'shop', name: 'shop' },
            { metadata: { annotations: { [ANNOTATIONS.registeredAs]: `${NOBODYS_UID}/${NOBODYS_UID}` } } },
            options,
          ),
      }),
    ),
    veleroAttack('T28', 'restores an ApplicationGroup', options =>
      attackers.velero.create(OWN.applicationGroups, newGroup(), options),
    ),
    veleroAttack('T28', 'changes an ApplicationGroup', options =>
      attackers.velero.mergePatch(
        OWN.applicationGroups,
        { namespace: 'shop', name: 'shop' },
        { spec: { owners: [{ kind: 'User', name: 'mallory' }] } },
        options,
      ),
    ),
    veleroAttack('T28', 'restores a RecoveryPolicy', async options =>
      attackers.velero.create(OWN.recoveryPolicies, await newPolicy(attackers.velero), options),
    ),
    veleroAttack('T28', 'changes a RecoveryPolicy', options =>
      attackers.velero.mergePatch(
        OWN.recoveryPolicies,
        { name: DEFAULT_POLICY },
        { spec: { newNamespaces: { names: ['*'] } } },
        options,
      ),
    ),
    veleroAttack('T28', 'restores a peer', options =>
      attackers.velero.create(OWN.clusterIdentities, newPeer(), options),
    ),
    veleroAttack('T30', 'makes another account Velero’s', options =>
      attackers.velero.mergePatch(
        OWN.clusterIdentities,
        { name: SELF_IDENTITY },
        { spec: { velero: [{ namespace: 'drafts', serviceAccount: 'velero' }] } },
        options,
      ),
    ),
    veleroAttack('T28', 'labels a Recovery', options =>
      attackers.velero.mergePatch(OWN.recoveries, recovery.metadata, { metadata: { labels: { a: 'b' } } }, options),
    ),
  ],
};

testWall({ ...wall5, attacks: [...wall5.attacks, ...restoredRequests] });

describe('with the mutating webhook away, which would put things right before a policy sees them', () => {
  let putBack: PutBack;
  /** Of nobody who may ask it. */
  const forged = { username: 'alice' };
  const prod = () => environment.clusters.prod;

  beforeAll(async () => {
    putBack = await takeAway({
      cluster: prod(),
      kind: 'MutatingWebhookConfiguration',
      name: 'kubectl-recover',
      probe: () => verdictOf(attackers.editor.create(OWN.accessRequests, newRequest(), { dryRun: true })),
    });
  });

  afterAll(async () => {
    await putBack?.();
  });

  testRules({
    policy: REQUESTER_RULE,
    cluster: prod,
    attacks: [
      {
        what: 'somebody else asks',
        act: options => attackers.editor.create(OWN.accessRequests, newRequest(forged), options),
      },
      {
        what: 'generateName beside a name',
        act: async options => {
          const asked = newRequest(await userOf(attackers.editor));
          const metadata = { ...asked.metadata, generateName: asked.metadata.name };
          return attackers.editor.create(OWN.accessRequests, { ...asked, metadata }, options);
        },
      },
    ],
  });

  testRules({
    ...wall5,
    attacks: [
      ...wall5.attacks,
      {
        what: 'a group registered by somebody else',
        act: options => {
          const annotations = { [ANNOTATIONS.requester]: JSON.stringify(forged) };
          return attackers.editor.create(OWN.applicationGroups, newGroup({ annotations }), options);
        },
      },
    ],
  });
});

test('T28 | wall 5 | CatalogueOnly | Velero’s account restores a Recovery', async () => {
  const copy: Recovery = {
    apiVersion: GROUP_VERSION,
    kind: 'Recovery',
    metadata: requests(),
    spec: recovery.spec,
  };
  expect(await verdictOf(attackers.velero.create(OWN.recoveries, copy))).toBe(`${OWN_KINDS}: CatalogueOnly`);
});

describe('who may write identities', () => {
  const inProd = ['--context', 'prod'];

  test('T60 | RBAC | is not who declares them lost, by any other way', async () => {
    const { declarer } = attackers;
    const known = await declarer.get(OWN.clusterIdentities, { name: PEERS.living });
    expect(await verdictOf(declarer.replace(OWN.clusterIdentities, known))).toBe('RBAC');
    expect(await verdictOf(declarer.create(OWN.clusterIdentities, newPeer()))).toBe('RBAC');
    expect(await verdictOf(declarer.apply(OWN.clusterIdentities, newPeer(), { fieldManager: 'thief' }))).toBe('RBAC');
    expect(await verdictOf(declarer.remove(OWN.clusterIdentities, { name: PEERS.living }))).toBe('RBAC');
    const written = declarer.replace(OWN.clusterIdentities, known, { subresource: 'status' });
    expect(await verdictOf(written)).toBe('RBAC');
  });

  test('who declares a peer lost needs nothing else, and can take it back', async () => {
    const declarer = await environment.user('declarer');
    const lost = ['cluster', 'declare-lost', PEERS.living, '--reason', 'it burns', ...inProd];
    expect(await declarer.recover(...lost)).toMatchObject({ exitCode: 0 });
    const { spec } = await admin.get(OWN.clusterIdentities, { name: PEERS.living });
    expect(spec.lost?.reason).toBe('it burns');
    const found = ['cluster', 'declare-found', PEERS.living, ...inProd];
    expect(await declarer.recover(...found)).toMatchObject({ exitCode: 0 });
  });

  test('an operator by the ClusterRole alone trusts, exports, imports, revokes and rotates', async () => {
    const operator = await environment.user('platform');
    const file = join(environment.clusters.prod.dir, 'dr.yaml');
    const admins = environment.operator;
    await writeFile(file, (await admins.recover('cluster', 'export', '--context', 'dr')).stdout);
    const run = async (...args: readonly string[]) => {
      const { exitCode, stderr } = await operator.recover(...args);
      expect(exitCode, stderr).toBe(0);
    };
    await run('cluster', 'trust', '-f', file, ...inProd);
    await run('cluster', 'trust', '-f', file, '--users', 'alice', ...inProd);
    const { spec } = await admin.get(OWN.clusterIdentities, { name: 'dr' });
    const kid = spec.keys?.[0]?.kid ?? '';
    await run('cluster', 'revoke-key', 'dr', kid, '--reason', 'stolen', ...inProd);
    await run('cluster', 'rotate-keys', ...inProd);
    const label = { metadata: { labels: { team: 'platform' } } };
    const patched = attackers.platform.mergePatch(OWN.clusterIdentities, { name: 'dr' }, label);
    expect(await verdictOf(patched)).toBe('stored');
    expect(await verdictOf(attackers.platform.remove(OWN.clusterIdentities, { name: 'dr' }))).toBe('stored');
  });
});

test('T94: wall 5 does not hinder who relabels, or deletes a namespace with a group in it', async () => {
  const { prod } = environment.clusters;
  await deployPlain(prod, 'alice', 'short');
  await registerGroup(await environment.user('alice'), 'prod', 'short', ['short']);
  const labels = { metadata: { labels: { team: 'shop' } } };
  const at = { namespace: 'short', name: 'short' };
  expect(await verdictOf(attackers.editor.mergePatch(OWN.applicationGroups, at, labels))).toBe('stored');
  await prod.kubectl('delete', 'namespace', 'short', '--timeout=30s');
  expect(await admin.find(CORE.namespaces, { name: 'short' })).toBeUndefined();
});
