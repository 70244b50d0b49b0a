import { describe, expect, test } from 'vitest';
import type { GrantClaims } from '../../api/tokens/grant.ts';
import { FakeCluster, FakeHolder, uidOf } from '../../test/fakes/fake-authority.ts';
import { FakeClusterState, peerView } from '../../test/fakes/fake-cluster-state.ts';
import { BECAUSE, grantClaims, sourceClaims } from '../../test/fakes/sample-claims.ts';
import { issuerProblem } from './grant-issuer.ts';
import { homeClusterOf } from './lineage.ts';

const source = await FakeCluster.create('prod');
const here = await FakeCluster.create('dr');
const third = await FakeCluster.create('third');
const holder = await FakeHolder.create();

const living = grantClaims(source, holder);
const absent = sourceClaims(source, holder);
const lost = sourceClaims(source, holder, here);

/** A cluster that trusts the others as peers; who took over whose groups is what a test says. */
const stateOf = (self: FakeCluster, tookOver: Readonly<Record<string, readonly string[]>> = {}): FakeClusterState => {
  const state = new FakeClusterState(self);
  const others = [source, here, third].filter(({ id }) => id !== self.id);
  state.peers = others.map(other => peerView(other, { speaksFor: tookOver[other.id] ?? [] }));
  return state;
};

const codeOfIssuer = (grant: GrantClaims, self = here, tookOver = {}) =>
  issuerProblem(grant, stateOf(self, tookOver))?.code ?? 'none';
const groupOf = (cluster: FakeCluster) => ({ ...living.group, id: `${cluster.id}/${uidOf('group shop')}` });

describe('who may vouch', () => {
  test.each<[string, GrantClaims]>([
    ['the source, for a group that lives', living],
    ['the source, for a group that is gone', absent],
    ['this cluster, for a group of a source that is lost', lost],
  ])('%s', (_, grant) => {
    expect(codeOfIssuer(grant)).toBe('none');
  });

  test('the source at home, where it is the destination itself', () => {
    expect(codeOfIssuer(living, source)).toBe('none');
    expect(codeOfIssuer(absent, source)).toBe('none');
  });
});

describe('who may not', () => {
  test.each<[string, GrantClaims]>([
    ['this cluster, for a living group of a peer', { ...living, iss: here.urn }],
    ['a third cluster, for a living group of a peer', { ...living, iss: third.urn }],
    ['this cluster, for the absence of a peer’s group', { ...absent, iss: here.urn }],
    ['a third cluster, for the absence of a peer’s group', { ...absent, iss: third.urn }],
    ['a peer, that itself is lost', { ...lost, iss: source.urn }],
    ['a third cluster, that a peer is lost', { ...lost, iss: third.urn }],
    ['a holder', { ...lost, iss: holder.urn }],
    ['nobody', { ...lost, iss: '' }],
    ['a URN that only begins well', { ...lost, iss: `${here.urn}/x` }],
    ['a peer, for a group of this cluster', { ...absent, group: groupOf(here) }],
    ['a peer, for a group of a third cluster', { ...absent, group: groupOf(third) }],
    ['this cluster, for a third cluster’s group in the name of the lost one', { ...lost, group: groupOf(third) }],
    ['this cluster, for its own group in the name of the lost one', { ...lost, group: groupOf(here) }],
    ['one that names another cluster as source', { ...absent, cluster: third.cluster }],
    ['a group ID without a cluster', { ...absent, group: { ...living.group, id: uidOf('group shop') } }],
  ])('%s', (_, grant) => {
    expect(codeOfIssuer(grant)).toBe('TokenUntrusted');
  });

  test('a destination, in another destination that was told of the same loss', () => {
    expect(codeOfIssuer(lost, third)).toBe('TokenUntrusted');
  });

  test('this cluster, where two reasons would let one hide the other', () => {
    expect(codeOfIssuer({ ...absent, ...BECAUSE.lost })).toBe('TokenUntrusted');
  });
});

test('the home of a group is the part of its ID before the slash', () => {
  expect(homeClusterOf(living.group.id)).toBe(source.id);
});

describe('a peer that took over the groups of another cluster (T58)', () => {
  /** `third` signs for a group of `source`, as if it had adopted it. */
  const adopted: GrantClaims = {
    ...living,
    iss: third.urn,
    cluster: third.cluster,
    lineage: [source.id, third.id],
    activeSince: '2026-03-02T10:00:00Z',
  };

  test('cannot say so itself, whatever lineage it names', () => {
    expect(codeOfIssuer(adopted)).toBe('TokenUntrusted');
    expect(codeOfIssuer({ ...adopted, lineage: [third.id] })).toBe('TokenUntrusted');
    expect(codeOfIssuer(adopted, source)).toBe('TokenUntrusted');
  });

  test('may speak where an operator said so', () => {
    expect(codeOfIssuer(adopted, here, { [third.id]: [source.id] })).toBe('none');
    expect(codeOfIssuer(adopted, source, { [third.id]: [source.id] })).toBe('none');
  });

  test('speaks for the groups of that cluster only, and no other peer does', () => {
    expect(codeOfIssuer({ ...adopted, group: groupOf(here) }, here, { [third.id]: [source.id] })).toBe(
      'TokenUntrusted',
    );
    expect(codeOfIssuer(adopted, here, { [source.id]: [third.id] })).toBe('TokenUntrusted');
    expect(codeOfIssuer(adopted, here, { [third.id]: [here.id] })).toBe('TokenUntrusted');
  });

  test('the refusal names the command that would mend it', () => {
    expect(issuerProblem(adopted, stateOf(here))?.mend).toContain(`--speaks-for ${source.id}`);
  });
});
