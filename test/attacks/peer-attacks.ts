import type { ClusterIdentity } from '../../api/kinds/cluster-identity.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { GROUP_VERSION, SELF_IDENTITY } from '../../api/names.ts';
import { FakeCluster, uidOf } from '../fakes/fake-authority.ts';
import type { Attack } from './wall.ts';

/** Names of the peers that are attacked: one that lives, one that is declared lost. */
export const PEERS = { living: 'living', lost: 'lost' } as const;

const NOBODY = {
  apiVersion: GROUP_VERSION,
  kind: 'ClusterIdentity',
  name: 'nobody',
  uid: uidOf('nobody'),
};

const ROTATION = { requestedAt: '2030-03-02T12:00:00Z', uses: ['Grant'], overlapSeconds: 60 };
const LOSS = { reason: 'it burns', since: '2026-03-02T12:00:00Z' };

/** Peers as an operator trusts them, that pin their keys and map nobody. */
export const trustedPeers = async (): Promise<ClusterIdentity[]> =>
  Promise.all(
    Object.values(PEERS).map(async name => {
      const peer = await FakeCluster.create(name);
      const spec: ClusterIdentity['spec'] = { clusterID: peer.id, keys: peer.publicKeys('Revoked'), succession: 'Pin' };
      return {
        apiVersion: GROUP_VERSION,
        kind: 'ClusterIdentity',
        metadata: { name, labels: { team: 'platform' } },
        spec: name === PEERS.lost ? { ...spec, lost: LOSS } : spec,
      } as const;
    }),
  );

type Change = Readonly<Record<string, unknown>>;

/** What makes a peer, or this cluster, another one than the operator trusted. */
const changes = async (): Promise<readonly (readonly [string, string, Change])[]> => {
  const thief = await FakeCluster.create(PEERS.living);
  const own = await FakeCluster.create('self');
  return [
    ['gives a peer keys of his own', PEERS.living, { spec: { keys: thief.publicKeys() } }],
    ['does so while he declares it lost', PEERS.living, { spec: { lost: LOSS, keys: thief.publicKeys() } }],
    ['has its users mean ours', PEERS.living, { spec: { identityTrust: { users: ['oidc:*'] } } }],
    ['has it speak for other clusters', PEERS.living, { spec: { speaksFor: [uidOf('another')] } }],
    ['has it follow announced keys', PEERS.living, { spec: { succession: 'Accept' } }],
    ['does so by leaving the pin out', PEERS.living, { spec: { succession: null } }],
    ['says where it is', PEERS.living, { spec: { cloud: 'aws', region: 'us-east-1' } }],
    ['has a peer collected as garbage', PEERS.living, { metadata: { ownerReferences: [NOBODY] } }],
    ['keeps a peer from being deleted', PEERS.living, { metadata: { finalizers: ['test.example/keep'] } }],
    ['annotates a peer', PEERS.living, { metadata: { annotations: { note: 'mine' } } }],
    ['changes a label of a peer', PEERS.living, { metadata: { labels: { team: 'mine' } } }],
    ['takes the labels off a peer', PEERS.living, { metadata: { labels: null } }],
    ['makes another account Velero’s', SELF_IDENTITY, { spec: { velero: [] } }],
    ['has all keys rotate', SELF_IDENTITY, { spec: { keyRotation: ROTATION } }],
    ['says where this cluster is', SELF_IDENTITY, { spec: { cloud: 'aws', region: 'us-east-1' } }],
    ['has this cluster trust former keys', SELF_IDENTITY, { spec: { keys: own.publicKeys('Retired') } }],
  ];
};

const attack = (id: string, what: string, act: Attack['act']): Attack => ({ id, what, code: 'Forbidden', act });

/** By who holds the ClusterRole `kubectl-recover-declare-lost` and nothing else. */
export const declarerAttacks = async (declarer: () => KubeClient): Promise<Attack[]> => {
  const thief = await FakeCluster.create(PEERS.living);
  const applied: ClusterIdentity = {
    apiVersion: GROUP_VERSION,
    kind: 'ClusterIdentity',
    metadata: { name: PEERS.living },
    spec: { clusterID: thief.id, keys: thief.publicKeys() },
  };
  return [
    ...(await changes()).map(([what, name, change]) =>
      attack('T60', `who may declare clusters lost ${what}`, options =>
        declarer().mergePatch(OWN.clusterIdentities, { name }, change, options),
      ),
    ),
    attack('T60', 'who may declare clusters lost applies a peer with keys of his own', options =>
      declarer().apply(OWN.clusterIdentities, applied, { ...options, fieldManager: 'thief' }),
    ),
  ];
};

/** By who may write identities, but does not hold the verb `declare-lost`. */
export const lossAttacks = async (who: string, writer: () => KubeClient): Promise<Attack[]> => {
  const gone = await FakeCluster.create('gone');
  const patch = (name: string, lost: Change | null) => (options: { readonly dryRun: boolean }) =>
    writer().mergePatch(OWN.clusterIdentities, { name }, { spec: { lost } }, options);
  const made: ClusterIdentity = {
    apiVersion: GROUP_VERSION,
    kind: 'ClusterIdentity',
    metadata: { name: 'gone' },
    spec: { clusterID: gone.id, keys: gone.publicKeys(), lost: LOSS },
  };
  return [
    attack('T60', `${who} declares a peer lost`, patch(PEERS.living, LOSS)),
    attack('T60', `${who} declares a peer found`, patch(PEERS.lost, null)),
    attack('T60', `${who} says when and why a peer was lost`, patch(PEERS.lost, { reason: 'no matter' })),
    attack('T60', `${who} trusts a peer that is lost from the start`, options =>
      writer().create(OWN.clusterIdentities, made, options),
    ),
  ];
};
