import type { KubeObject, Stored } from '../../api/kinds/object-meta.ts';
import type { KubeClient, Target } from '../../api/kubernetes/kube-client.ts';
import { OWN, type ResourceType } from '../../api/kubernetes/resource-type.ts';
import { ANNOTATIONS, DEFAULT_POLICY, SELF_IDENTITY } from '../../api/names.ts';
import { INSIDERS, type Insider, type OwnKindsScene } from './own-kinds-scene.ts';
import {
  NOBODYS_UID,
  newApproval,
  newClaim,
  newGroup,
  newPeer,
  newPolicy,
  newRequest,
  OWN_KINDS,
} from './own-objects.ts';
import { declarerAttacks, lossAttacks } from './peer-attacks.ts';
import type { Attack, Wall } from './wall.ts';

type Scene = () => OwnKindsScene;

/** Writes another status, as read with the attacker's own login. */
const statusWrite =
  <Resource extends KubeObject>(
    scene: Scene,
    who: Insider,
    type: ResourceType<Resource>,
    at: () => Target,
    status: Readonly<Record<string, unknown>>,
  ): Attack['act'] =>
  async options => {
    const present: Stored<Resource> & { readonly status?: object } = await scene().attackers[who].get(type, at());
    const changed = { ...present, status: { ...present.status, ...status } };
    return scene().attackers[who].replace(type, changed as unknown as Resource, { ...options, subresource: 'status' });
  };

const statusAttacks = (scene: Scene, who: Insider): Attack[] => [
  {
    id: 'T67',
    what: `${who} says that a Recovery was admitted`,
    code: 'CatalogueOnly',
    act: statusWrite(scene, who, OWN.recoveries, () => scene().recovery.metadata, {
      admission: { restoreUID: NOBODYS_UID, time: '2026-03-02T12:00:00Z', stored: true },
    }),
  },
  {
    id: 'T71',
    what: `${who} gives a used token back`,
    code: 'CatalogueOnly',
    act: statusWrite(scene, who, OWN.recoveries, () => scene().recovery.metadata, {
      admission: undefined,
      conditions: [],
    }),
  },
  {
    id: 'T67',
    what: `${who} answers an AccessRequest`,
    code: 'CatalogueOnly',
    act: statusWrite(scene, who, OWN.accessRequests, () => scene().request.metadata, { grant: 'e30.e30.AA' }),
  },
  {
    id: 'T58',
    what: `${who} gives a group the ID of another`,
    code: 'CatalogueOnly',
    act: statusWrite(scene, who, OWN.applicationGroups, () => ({ namespace: 'shop', name: 'shop' }), {
      groupID: `${NOBODYS_UID}/${NOBODYS_UID}`,
    }),
  },
  {
    id: 'T63',
    what: `${who} tells other keys of this cluster`,
    code: 'CatalogueOnly',
    act: statusWrite(scene, who, OWN.clusterIdentities, () => ({ name: SELF_IDENTITY }), { keys: [] }),
  },
];

const claimAttacks = (scene: Scene, who: Insider | 'a cluster-admin', client: () => KubeClient): Attack[] => [
  {
    id: 'T53',
    what: `${who} claims a namespace by hand`,
    code: 'CatalogueOnly',
    act: options => client().create(OWN.namespaceClaims, newClaim(scene().claim), options),
  },
  {
    id: 'T53',
    what: `${who} gives a claim to another group`,
    code: 'CatalogueOnly',
    act: options =>
      client().mergePatch(
        OWN.namespaceClaims,
        scene().claim.metadata,
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

/** What Velero’s account would restore of requests. */
export const restoredRequests = (scene: Scene): Attack[] => [
  veleroAttack('T28', 'restores an AccessRequest', options =>
    scene().attackers.velero.create(OWN.accessRequests, newRequest(), options),
  ),
  veleroAttack('T28', 'restores a RecoveryApproval', options =>
    scene().attackers.velero.create(OWN.recoveryApprovals, newApproval(scene().recovery), options),
  ),
];

/** Wall 5: what the catalogue decided is written by the catalogue. */
export const createWall5 = async (scene: Scene): Promise<Wall> => ({
  name: 'wall 5',
  policy: OWN_KINDS,
  cluster: () => scene().environment.clusters.prod,
  state: async () => {
    const { admin, recovery, request } = scene();
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
    ...(await declarerAttacks(() => scene().attackers.declarer)),
    ...(await lossAttacks('editor', () => scene().attackers.editor)),
    ...(await lossAttacks('operator', () => scene().attackers.operator)),
    ...INSIDERS.flatMap(who => statusAttacks(scene, who)),
    ...INSIDERS.flatMap(who => claimAttacks(scene, who, () => scene().attackers[who])),
    ...claimAttacks(scene, 'a cluster-admin', () => scene().admin),
    ...(['editor', 'operator', 'pipeline'] as const).flatMap(who =>
      (
        [
          ['says that another registered a group', '{"username":"bob"}'],
          ['takes off who registered a group', null],
        ] as const
      ).map(
        ([what, value]): Attack => ({
          id: 'T67',
          what: `${who} ${what}`,
          code: 'CatalogueOnly',
          act: options =>
            scene().attackers[who].mergePatch(
              OWN.applicationGroups,
              { namespace: 'shop', name: 'shop' },
              { metadata: { annotations: { [ANNOTATIONS.requester]: value } } },
              options,
            ),
        }),
      ),
    ),
    ...(['editor', 'operator', 'pipeline'] as const).map(
      (who): Attack => ({
        id: 'T58',
        what: `${who} says which group a group is`,
        code: 'CatalogueOnly',
        act: options =>
          scene().attackers[who].mergePatch(
            OWN.applicationGroups,
            { namespace: 'shop', name: 'shop' },
            { metadata: { annotations: { [ANNOTATIONS.registeredAs]: `${NOBODYS_UID}/${NOBODYS_UID}` } } },
            options,
          ),
      }),
    ),
    veleroAttack('T28', 'restores an ApplicationGroup', options =>
      scene().attackers.velero.create(OWN.applicationGroups, newGroup(), options),
    ),
    veleroAttack('T28', 'changes an ApplicationGroup', options =>
      scene().attackers.velero.mergePatch(
        OWN.applicationGroups,
        { namespace: 'shop', name: 'shop' },
        { spec: { owners: [{ kind: 'User', name: 'mallory' }] } },
        options,
      ),
    ),
    veleroAttack('T28', 'restores a RecoveryPolicy', async options =>
      scene().attackers.velero.create(OWN.recoveryPolicies, await newPolicy(scene().attackers.velero), options),
    ),
    veleroAttack('T28', 'changes a RecoveryPolicy', options =>
      scene().attackers.velero.mergePatch(
        OWN.recoveryPolicies,
        { name: DEFAULT_POLICY },
        { spec: { newNamespaces: { names: ['*'] } } },
        options,
      ),
    ),
    veleroAttack('T28', 'restores a peer', options =>
      scene().attackers.velero.create(OWN.clusterIdentities, newPeer(scene().peer), options),
    ),
    veleroAttack('T30', 'makes another account Velero’s', options =>
      scene().attackers.velero.mergePatch(
        OWN.clusterIdentities,
        { name: SELF_IDENTITY },
        { spec: { velero: [{ namespace: 'drafts', serviceAccount: 'velero' }] } },
        options,
      ),
    ),
    veleroAttack('T28', 'labels a Recovery', options =>
      scene().attackers.velero.mergePatch(
        OWN.recoveries,
        scene().recovery.metadata,
        { metadata: { labels: { a: 'b' } } },
        options,
      ),
    ),
  ],
});
