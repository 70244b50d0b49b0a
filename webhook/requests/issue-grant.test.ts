import { beforeEach, expect, test } from 'vitest';
import { verifyGrant } from '../../api/tokens/access-chain.ts';
import { codeOf } from '../../test/fakes/code-of.ts';
import { FakeCluster, FakeHolder, keysOf, NOW, secondsFromNow } from '../../test/fakes/fake-authority.ts';
import { readPart } from '../../test/fakes/forge-token.ts';
import { RecoveryScenario } from '../../test/fakes/recovery-scenario.ts';
import type { GroupView } from '../state/views.ts';
import { type GrantInput, issueGrant } from './issue-grant.ts';

let scenario: RecoveryScenario;
let group: GroupView & { readonly id: string };
let holder: FakeHolder;

beforeEach(async () => {
  scenario = await RecoveryScenario.create();
  holder = await FakeHolder.create();
  const [first] = scenario.state.groups;
  if (first === undefined) throw new TypeError('the scenario has no group');
  group = { ...first, id: scenario.groupId };
});

const issue = (part: Partial<GrantInput> = {}): Promise<string> =>
  issueGrant({
    group,
    username: 'alice',
    publicKey: holder.key.publicJwk,
    cluster: scenario.here.cluster,
    lineage: [scenario.here.id],
    key: scenario.here.grantKey,
    now: NOW,
    ...part,
  });

const verify = (grant: string, now = NOW, use: 'Grant' | 'Stamp' = 'Grant') =>
  verifyGrant(grant, { grantKey: keysOf([scenario.here], use), now });

test('a grant is the ownership data of the group, for this user and this key, as its own cluster knows it', async () => {
  expect(await verify(await issue())).toEqual({
    iss: scenario.here.urn,
    sub: 'alice',
    iat: secondsFromNow(0),
    exp: secondsFromNow(900),
    jti: expect.stringMatching(/^[0-9a-f]{32}$/),
    cnf: { jwk: holder.key.publicJwk },
    group: { id: scenario.groupId, namespace: 'shop', name: 'shop' },
    namespaces: scenario.grant.namespaces,
    owners: [{ kind: 'User', name: 'alice' }],
    lineage: [scenario.here.id],
    cluster: scenario.here.cluster,
  });
});

test('a grant is good for 15 minutes', async () => {
  const grant = await issue({ now: new Date(NOW.getTime() + 999) });
  expect(await codeOf(() => verify(grant, new Date(NOW.getTime() + 900_000)))).toBe('none');
  expect(await codeOf(() => verify(grant, new Date(NOW.getTime() + 931_000)))).toBe('TokenExpired');
});

test('a grant counts under the grant key only', async () => {
  expect(await codeOf(async () => verify(await issue(), NOW, 'Stamp'))).toBe('TokenUntrusted');
  expect(await codeOf(async () => verify(await issue({ key: scenario.here.stampKey })))).toBe('TokenUntrusted');
});

test('two grants never have the same name', async () => {
  const [first, second] = await Promise.all([verify(await issue()), verify(await issue())]);
  expect(first.jti).not.toBe(second.jti);
});

test('a copy that became the active one says since when', async () => {
  expect(await verify(await issue())).not.toHaveProperty('activeSince');
  const activeSince = '2026-03-02T10:00:00Z';
  expect(await verify(await issue({ group: { ...group, activeSince } }))).toHaveProperty('activeSince', activeSince);
});

test('destinations are in it if the group has any; an empty list is one', async () => {
  expect(await verify(await issue())).not.toHaveProperty('destinations');
  for (const destinations of [[], [{ clusterID: scenario.here.id }]]) {
    const grant = await issue({ group: { ...group, destinations } });
    expect(await verify(grant)).toHaveProperty('destinations', destinations);
  }
});

test('namespaces are those claimed, not those asked for', async () => {
  const claimed = [{ name: 'shop', uid: 'n1' }];
  const grant = await issue({ group: { ...group, requested: ['shop', 'kube-system'], claimed } });
  expect((await verify(grant)).namespaces).toEqual([['shop', 'n1']]);
});

test('a private key that was sent for a public one does not come back', async () => {
  const publicKey = { ...holder.key.publicJwk, d: 'x'.repeat(43) };
  const grant = await issue({ publicKey });
  expect(JSON.stringify(readPart(grant.split('.')[1] ?? ''))).not.toContain('x'.repeat(43));
  expect((await verify(grant)).cnf.jwk).toEqual(holder.key.publicJwk);
});

test('what no verifier would read is not signed', async () => {
  const other = await FakeCluster.create('other');
  expect(await codeOf(() => issue({ group: { ...group, owners: [] } }))).toBe('TokenMalformed');
  expect(await codeOf(() => issue({ group: { ...group, id: 'shop' }, key: other.grantKey }))).toBe('TokenMalformed');
});
