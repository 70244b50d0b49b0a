import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { randomName } from '../../api/digest.ts';
import type { AccessRequest } from '../../api/kinds/access-request.ts';
import type { KubeObject } from '../../api/kinds/object-meta.ts';
import type { Recovery } from '../../api/kinds/recovery.ts';
import { CORE } from '../../api/kubernetes/core-types.ts';
import { OWN, pathOf } from '../../api/kubernetes/resource-type.ts';
import { ANNOTATIONS, GROUP_VERSION, REQUESTS_NAMESPACE } from '../../api/names.ts';
import { getGrant, recoveryFor } from '../environment/api-user.ts';
import { deployPlain } from '../environment/plain-application.ts';
import type { TestUser } from '../environment/recovery-environment.ts';
import { registerGroup } from '../environment/team-work.ts';
import { verdictOf } from '../environment/verdict.ts';
import { testForgedRequester } from './forged-requester.ts';
import { testIdentityWriters } from './identity-writers.ts';
import { createWall5, restoredRequests } from './own-kinds-attacks.ts';
import { type OwnKindsScene, startOwnKindsScene } from './own-kinds-scene.ts';
import {
  newApproval,
  newGroup,
  newRequest,
  OBJECTS,
  OWN_KINDS,
  REQUESTER_RULE,
  requests,
  userOf,
} from './own-objects.ts';
import { testRules } from './rules.ts';
import { type PutBack, takeAway } from './take-away.ts';
import { testWall } from './wall.ts';

/**
 * The requester rule and wall 5, which refuse in every mode: who asked is who the API server authenticated, and what
 * the catalogue decided is written by the catalogue.
 */

let started: OwnKindsScene;
const scene = (): OwnKindsScene => started;

beforeAll(async () => {
  started = await startOwnKindsScene();
});

afterAll(async () => {
  await started?.stop();
});

testForgedRequester(scene);

describe('names of requests', () => {
  test('T67 | requester rule | RequestInvalid | generateName beside a proper name', async () => {
    const { alice, editor } = scene().attackers;
    const generating = <Resource extends KubeObject>(object: Resource): Resource => ({
      ...object,
      metadata: { ...object.metadata, generateName: object.metadata.name },
    });
    const refused = `${REQUESTER_RULE}: RequestInvalid`;
    expect(await verdictOf(alice.create(OWN.accessRequests, generating(newRequest())))).toBe(refused);
    expect(await verdictOf(editor.create(OWN.recoveryApprovals, generating(newApproval(scene().recovery))))).toBe(
      refused,
    );
  });

  test('T67 | schema | generateName alone, and names of one’s own choice', async () => {
    const { alice } = scene().attackers;
    const generated = { ...newRequest(), metadata: { ...requests(''), generateName: 'mine-' } };
    expect(await verdictOf(alice.create(OWN.accessRequests, generated))).toBe('schema');
    for (const name of ['mine', randomName().toUpperCase().toLowerCase().slice(1), `${randomName()}0`]) {
      const chosen = { ...newRequest(), metadata: requests(name) };
      expect(await verdictOf(alice.create(OWN.accessRequests, chosen))).toBe('schema');
    }
  });

  test('T67 | webhook | RequestInvalid | a Recovery under a random name that is not its token’s', async () => {
    const { alice } = scene().attackers;
    const held = await getGrant(alice, 'shop/shop');
    const destination = scene().environment.clusters.prod.clusterId;
    const registration = await recoveryFor({ held, backup: 'whole', destination });
    const renamed = { ...registration, metadata: requests() };
    expect(await verdictOf(alice.create(OWN.recoveries, renamed))).toBe(`${OBJECTS}: RequestInvalid`);
  });
});

describe('impersonation', () => {
  const create = (user: TestUser, as: readonly string[]): Promise<string> => {
    const path = join(scene().environment.clusters.prod.dir, 'asked.json');
    return user.kubectl('prod', 'create', '-f', path, '--dry-run=server', '-o', 'json', ...as);
  };

  beforeAll(async () => {
    await writeFile(join(scene().environment.clusters.prod.dir, 'asked.json'), JSON.stringify(newRequest()));
  });

  test('T56: for whom RBAC lets somebody speak, he is: the API server alone knows both names', async () => {
    const { spec } = JSON.parse(
      await create(scene().environment.operator, ['--as=alice', '--as-group=devs']),
    ) as AccessRequest;
    expect(spec.requester?.username).toBe('alice');
    expect(spec.requester?.groups).toEqual(['devs', 'system:authenticated']);
  });
});

describe('strangers in the namespace of requests', () => {
  test('T67 | RBAC | neither list nor watch nor change nor delete; a guessed name is nobody’s', async () => {
    const { attackers, bob, recovery, request } = scene();
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
    () => {
      const { attackers, recovery, request, approval } = scene();
      return [
        attackers[who].mergePatch(OWN.recoveries, recovery.metadata, {
          spec: { restore: { volumes: 'Skip' } },
        }),
        attackers[who].mergePatch(OWN.recoveries, recovery.metadata, {
          spec: { requester: { username: who } },
        }),
        attackers[who].mergePatch(OWN.recoveries, recovery.metadata, { spec: { requester: null } }),
        attackers[who].mergePatch(OWN.recoveries, recovery.metadata, { spec: { reason: 'added later' } }),
        attackers[who].mergePatch(OWN.accessRequests, request.metadata, { spec: { group: 'mail/mail' } }),
        attackers[who].mergePatch(OWN.accessRequests, request.metadata, {
          spec: { requester: { username: who } },
        }),
        attackers[who].mergePatch(OWN.recoveryApprovals, approval.metadata, {
          spec: { decision: 'Refuse' },
        }),
      ];
    },
  ]);

  test.each(changes)('schema | is not changed by %s', async (_who, writes) => {
    expect(await Promise.all(writes().map(verdictOf))).toEqual(Array(7).fill('schema'));
    expect((await scene().admin.get(OWN.recoveries, scene().recovery.metadata)).spec).toEqual(scene().recovery.spec);
  });
});

const wall5 = await createWall5(scene);

// The requests are up against the requester rule too.
testWall({ ...wall5, attacks: [...wall5.attacks, ...restoredRequests(scene)] });

describe('with the mutating webhook away, which would put things right before a policy sees them', () => {
  let putBack: PutBack;
  /** Of nobody who may ask it. */
  const forged = { username: 'alice' };
  const prod = () => scene().environment.clusters.prod;

  beforeAll(async () => {
    putBack = await takeAway({
      cluster: prod(),
      kind: 'MutatingWebhookConfiguration',
      name: 'kubectl-recover',
      probe: () => verdictOf(scene().attackers.editor.create(OWN.accessRequests, newRequest(), { dryRun: true })),
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
        act: options => scene().attackers.editor.create(OWN.accessRequests, newRequest(forged), options),
      },
      {
        what: 'generateName beside a name',
        act: async options => {
          const asked = newRequest(await userOf(scene().attackers.editor));
          const metadata = { ...asked.metadata, generateName: asked.metadata.name };
          return scene().attackers.editor.create(OWN.accessRequests, { ...asked, metadata }, options);
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
          return scene().attackers.editor.create(OWN.applicationGroups, newGroup({ annotations }), options);
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
    spec: scene().recovery.spec,
  };
  expect(await verdictOf(scene().attackers.velero.create(OWN.recoveries, copy))).toBe(`${OWN_KINDS}: CatalogueOnly`);
});

// T60: the roles of who declares clusters lost, and of an operator.
testIdentityWriters(scene);

test('T94: wall 5 does not hinder who relabels, or deletes a namespace with a group in it', async () => {
  const { prod } = scene().environment.clusters;
  await deployPlain(prod, 'alice', 'short');
  await registerGroup(await scene().environment.user('alice'), 'prod', 'short', ['short']);
  const labels = { metadata: { labels: { team: 'shop' } } };
  const at = { namespace: 'short', name: 'short' };
  expect(await verdictOf(scene().attackers.editor.mergePatch(OWN.applicationGroups, at, labels))).toBe('stored');
  await prod.kubectl('delete', 'namespace', 'short', '--timeout=30s');
  expect(await scene().admin.find(CORE.namespaces, { name: 'short' })).toBeUndefined();
});
