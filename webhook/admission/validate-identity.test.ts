import { beforeEach, describe, expect, test } from 'vitest';
import type { ClusterIdentity } from '../../api/kinds/cluster-identity.ts';
import { FakeCluster } from '../../test/fakes/fake-authority.ts';
import { FakeClusterState, peerView } from '../../test/fakes/fake-cluster-state.ts';
import { verdictOf } from '../../test/fakes/gate-scenario.ts';
import { reviewOf } from '../../test/fakes/review-of.ts';
import { validateIdentity } from './validate-identity.ts';

const here = await FakeCluster.create('dr');
const prod = await FakeCluster.create('prod');
const other = await FakeCluster.create('other');

let state: FakeClusterState;
let spec: ClusterIdentity['spec'];

beforeEach(() => {
  state = new FakeClusterState(here);
  spec = { clusterID: prod.id, keys: prod.publicKeys() };
});

const verdict = (name = 'prod') =>
  verdictOf(() => validateIdentity(reviewOf('ClusterIdentity', { metadata: { name }, spec }), state));

const trust = (users: string[], groups: string[] = []): void => {
  spec = { ...spec, identityTrust: { users, groups } };
};

test('a peer with its keys is allowed', async () => {
  expect(await verdict()).toBe('allowed');
});

test('a peer may be changed under its own name, and be the cluster itself', async () => {
  state.peers.push(peerView(prod));
  expect(await verdict()).toBe('allowed');
  spec = { clusterID: here.id, keys: here.publicKeys() };
  expect(await verdict('dr')).toBe('allowed');
});

test('the entry of the cluster itself is the operator’s', async () => {
  spec = { cloud: 'aws', region: 'eu-central-1' };
  expect(await verdict('self')).toBe('allowed');
});

test.each(['prod-2', 'Self', 'self2'])('a known cluster under the further name %s is refused', async name => {
  state.peers.push(peerView(prod));
  expect(await verdict(name)).toBe('RequestInvalid');
});

test.each<[string, () => void]>([
  [
    'another key',
    () => {
      spec = { ...spec, keys: prod.publicKeys().map(key => ({ ...key, jwk: other.grantKey.publicJwk })) };
    },
  ],
  [
    'the key of another use, swapped',
    () => {
      const [grant, stamp] = prod.publicKeys();
      if (!grant || !stamp) throw new TypeError('a key is missing');
      spec = { ...spec, keys: [grant, { ...stamp, kid: grant.kid.replace(/^./, 'A') }] };
    },
  ],
])('a key named by the thumbprint of %s is refused', async (_, flaw) => {
  flaw();
  expect(await verdict()).toBe('RequestInvalid');
});

describe('names that mean the same in both clusters', () => {
  test.each([
    ['alice'],
    ['oidc:*'],
    ['oidc:alice'],
    ['systems-team'],
    ['System:*'],
    ['team-system:'],
    ['sys'],
    ['t*'],
  ])('may be %s', async pattern => {
    trust([pattern]);
    expect(await verdict()).toBe('allowed');
    trust(['alice'], [pattern]);
    expect(await verdict()).toBe('allowed');
  });

  test.each([
    ['*'],
    ['s*'],
    ['system*'],
    ['system:*'],
    ['system:masters'],
    ['system:serviceaccount:*'],
    ['system:'],
    ['system:node*'],
  ])('may not be %s', async pattern => {
    trust([pattern]);
    expect(await verdict()).toBe('RequestInvalid');
    trust(['alice'], ['team-shop', pattern]);
    expect(await verdict()).toBe('RequestInvalid');
  });
});
