import { beforeEach, describe, expect, test } from 'vitest';
import type { Owner } from '../../api/kinds/group-parts.ts';
import { verifyGrant } from '../../api/tokens/access-chain.ts';
import { codeOf } from '../../test/fakes/code-of.ts';
import { FakeCluster, FakeHolder, keysOf, NOW, secondsFromNow } from '../../test/fakes/fake-authority.ts';
import { FakeClusterState, peerView } from '../../test/fakes/fake-cluster-state.ts';
import { partsOf, readPart } from '../../test/fakes/forge-token.ts';
import { LOST_SINCE, START_TIME, stampClaims } from '../../test/fakes/sample-claims.ts';
import { issuerProblem } from '../checks/grant-issuer.ts';
import type { FormerSubject } from './find-former-group.ts';
import { issueSourceToken, type SourceTokenInput } from './issue-source-token.ts';

const source = await FakeCluster.create('prod', { cloud: 'aws', region: 'eu-central-1' });
const here = await FakeCluster.create('dr', { cloud: 'aws', region: 'eu-west-1' });
let holder: FakeHolder;

beforeEach(async () => {
  holder = await FakeHolder.create();
});

const [group] = stampClaims(source).groups;

const subjectOf = (because: FormerSubject['because'], part: Partial<FormerSubject['group']> = {}): FormerSubject => {
  if (group === undefined) throw new TypeError('the sample has no group');
  const stamp = { jti: 'stamp-1', startTime: START_TIME };
  return { group: { ...group, ...part }, cluster: source.cluster, stamp, because };
};

const gone = (part?: Partial<FormerSubject['group']>) => subjectOf({ kind: 'absent' }, part);
const lost = () => subjectOf({ kind: 'lost', since: LOST_SINCE });

const issue = (subject: FormerSubject, by = source, part: Partial<SourceTokenInput> = {}): Promise<string> =>
  issueSourceToken({
    subject,
    username: 'alice',
    publicKey: holder.key.publicJwk,
    self: by.cluster,
    lineage: [source.id],
    key: by.grantKey,
    now: NOW,
    ...part,
  });

const verify = (grant: string, use: 'Grant' | 'Stamp' = 'Grant') =>
  verifyGrant(grant, { grantKey: keysOf([source, here], use), now: NOW });

/** A cluster that trusts the source. */
const believing = (cluster: FakeCluster): FakeClusterState => {
  const state = new FakeClusterState(cluster);
  state.peers = [peerView(source)];
  return state;
};

const sharedClaims = () => ({
  sub: 'alice',
  iat: secondsFromNow(0),
  exp: secondsFromNow(900),
  jti: expect.stringMatching(/^[0-9a-f]{32}$/),
  cnf: { jwk: holder.key.publicJwk },
  group: { id: group?.id, namespace: 'shop', name: 'shop' },
  namespaces: group?.namespaces,
  owners: [{ kind: 'User', name: 'alice' }],
  lineage: [source.id],
  cluster: source.cluster,
  stamp: { jti: 'stamp-1', startTime: START_TIME },
});

describe('the token is what the newest stamp says', () => {
  test('and that the source has seen the group gone, just now', async () => {
    expect(await verify(await issue(gone()))).toEqual({
      ...sharedClaims(),
      iss: source.urn,
      absent: { observedAt: NOW.toISOString() },
    });
  });

  test('and that the source is lost, since its operator here says so', async () => {
    expect(await verify(await issue(lost(), here))).toEqual({
      ...sharedClaims(),
      iss: here.urn,
      lost: { since: LOST_SINCE },
    });
  });

  test('and where the group may go, if it says so', async () => {
    expect(await verify(await issue(gone()))).not.toHaveProperty('destinations');
    for (const destinations of [[], [{ clusterID: here.id }]]) {
      expect(await verify(await issue(gone({ destinations })))).toHaveProperty('destinations', destinations);
    }
  });
});

test('it says since when the copy was the active one, if it ever was', async () => {
  expect(await verify(await issue(gone()))).not.toHaveProperty('activeSince');
  const activeSince = '2026-03-02T10:00:00Z';
  expect(await verify(await issue(gone({ activeSince })))).toHaveProperty('activeSince', activeSince);
});

test('it is one that the destination believes', async () => {
  expect(issuerProblem(await verify(await issue(gone())), believing(here))).toBeUndefined();
  expect(issuerProblem(await verify(await issue(lost(), here)), believing(here))).toBeUndefined();
});

test('the loss is believed by nobody but who was told of it', async () => {
  const third = await FakeCluster.create('third');
  expect(issuerProblem(await verify(await issue(lost(), here)), believing(third))?.code).toBe('TokenUntrusted');
  expect(issuerProblem(await verify(await issue(lost(), source)), believing(here))?.code).toBe('TokenUntrusted');
});

test('it is a source cluster token under the grant key only', async () => {
  const grant = await issue(gone());
  expect(readPart(partsOf(grant)[0])).toEqual({ alg: 'ES256', typ: 'source-cluster+jwt', kid: source.grantKey.kid });
  expect(await codeOf(() => verify(grant, 'Stamp'))).toBe('TokenUntrusted');
});

test('two of them never have the same name', async () => {
  const [first, second] = await Promise.all([verify(await issue(gone())), verify(await issue(gone()))]);
  expect(first.jti).not.toBe(second.jti);
});

test('a private key that was sent for a public one does not come back', async () => {
  const publicKey = { ...holder.key.publicJwk, d: 'x'.repeat(43) };
  const grant = await issue(gone(), source, { publicKey });
  expect(JSON.stringify(readPart(partsOf(grant)[1]))).not.toContain('x'.repeat(43));
  expect((await verify(grant)).cnf.jwk).toEqual(holder.key.publicJwk);
});

test('what no verifier would read is not signed', async () => {
  const owners: Owner[] = [];
  expect(await codeOf(() => issue(gone({ owners })))).toBe('TokenMalformed');
  expect(await codeOf(() => issue(gone({ id: 'shop' })))).toBe('TokenMalformed');
  expect(await codeOf(() => issue(subjectOf({ kind: 'lost', since: 'yesterday' }), here))).toBe('TokenMalformed');
});
