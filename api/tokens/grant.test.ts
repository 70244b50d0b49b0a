import { describe, expect, test } from 'vitest';
import { codeOf } from '../../test/fakes/code-of.ts';
import { FakeCluster, FakeHolder, keysOf, NOW, secondsFromNow } from '../../test/fakes/fake-authority.ts';
import { encodePart, forgeToken, partsOf } from '../../test/fakes/forge-token.ts';
import { BECAUSE, grantClaims, sourceClaims, stampClaims } from '../../test/fakes/sample-claims.ts';
import { decodeGrant, verifyGrantToken } from './grant.ts';
import { appGroupToken, sourceClusterToken } from './kinds.ts';

const prod = await FakeCluster.create('prod');
const dr = await FakeCluster.create('dr');
const holder = await FakeHolder.create();
const key = keysOf([prod, dr], 'Grant');

const verify = (grant: string, now = NOW) => verifyGrantToken(grant, { key, now });
const outcome = (grant: string, now?: Date) => codeOf(() => verify(grant, now));

/** Genuinely signed by prod, whatever it is. */
const forge = (payload: unknown, typ: unknown = sourceClusterToken.typ, header: object = {}) =>
  forgeToken({ header: { alg: 'ES256', typ, kid: prod.grantKey.kid, ...header }, payload, key: prod.grantKey });

describe('a grant is verified as what it says it is', () => {
  test('an app-group token', async () => {
    const grant = await prod.issueGrant(grantClaims(prod, holder));
    expect(await verify(grant)).toEqual(grantClaims(prod, holder));
    expect(decodeGrant(grant)).toEqual(grantClaims(prod, holder));
  });

  test('a source cluster token of the source, which has seen that the group is gone', async () => {
    const grant = await prod.issueSourceToken(sourceClaims(prod, holder));
    expect(await verify(grant)).toEqual(sourceClaims(prod, holder));
    expect(decodeGrant(grant)).toMatchObject(BECAUSE.absent);
  });

  test('a source cluster token of the destination of a lost source', async () => {
    const grant = await dr.issueSourceToken(sourceClaims(prod, holder, dr));
    expect(await verify(grant)).toEqual(sourceClaims(prod, holder, dr));
    expect(decodeGrant(grant)).toMatchObject({ iss: dr.urn, cluster: prod.cluster, ...BECAUSE.lost });
  });
});

describe('one kind is never taken for the other', () => {
  const living = grantClaims(prod, holder);
  const gone = sourceClaims(prod, holder);
  const { absent, ...noReason } = gone;

  test.each<[string, Promise<string>]>([
    ['claims of a source cluster token as app-group token', forge(gone, appGroupToken.typ)],
    ['the stamp of one in an app-group token', forge(noReason, appGroupToken.typ)],
    ['why there is no group in an app-group token', forge({ ...living, absent }, appGroupToken.typ)],
    ['that the source is lost in an app-group token', forge({ ...living, ...BECAUSE.lost }, appGroupToken.typ)],
    ['claims of an app-group token as source cluster token', forge(living)],
    ['an app-group token with the reason, but no stamp', forge({ ...living, absent })],
    ['a stamp with the type of a source cluster token', forge(stampClaims(prod))],
    ...['Source-Cluster+jwt', 'application/source-cluster+jwt', 'source-cluster+jwt ', 'JWT', '', null, ['x'], 1].map(
      (typ): [string, Promise<string>] => [`the type ${JSON.stringify(typ)}`, forge(gone, typ)],
    ),
  ])('%s is malformed', async (_, grant) => {
    expect(await outcome(await grant)).toBe('TokenMalformed');
    expect(await codeOf(async () => decodeGrant(await grant))).toBe('TokenMalformed');
  });

  test('a signature over one says nothing of the other: the header is signed too', async () => {
    const [, payload, signature] = partsOf(await forge(gone, appGroupToken.typ));
    const header = encodePart({ alg: 'ES256', typ: sourceClusterToken.typ, kid: prod.grantKey.kid });
    expect(await outcome(`${header}.${payload}.${signature}`)).toBe('TokenUntrusted');
  });

  test.each<[string, string]>([
    ['no token', ''],
    ['no header', '.e30.e30'],
    ['a header that is null', `${encodePart('null')}.e30.e30`],
    ['a header that is a list', `${encodePart('[]')}.e30.e30`],
    ['a header that is no JSON', `${encodePart('{')}.e30.e30`],
    ['a header that is no base64url', '{"typ":"source-cluster+jwt"}.e30.e30'],
  ])('%s is malformed', async (_, grant) => {
    expect(await outcome(grant)).toBe('TokenMalformed');
    expect(await codeOf(() => decodeGrant(grant))).toBe('TokenMalformed');
  });

  test('a header too long to be looked at is malformed', async () => {
    const grant = await forge(gone, sourceClusterToken.typ, { alg: 'ES256', kid: 'x'.repeat(2_000) });
    expect(await outcome(grant)).toBe('TokenMalformed');
  });
});

describe('a source cluster token says why there is no group to ask', () => {
  const { absent, ...claims } = sourceClaims(prod, holder);

  test.each<[string, object]>([
    ['nothing', {}],
    ['two reasons', { absent, ...BECAUSE.lost }],
    ['that nothing is absent', { absent: null }],
    ['that it is absent, but not since when', { absent: {} }],
    ['a time that is none', { absent: { observedAt: 'yesterday' } }],
    ['that it is lost, but not since when', { lost: {} }],
    ['more than since when', { lost: { ...BECAUSE.lost.lost, reason: 'fire' } }],
    ['true', { lost: true }],
  ])('%s is malformed, though genuinely signed', async (_, part) => {
    const grant = await forge({ ...claims, ...part });
    expect(await outcome(grant)).toBe('TokenMalformed');
    expect(await codeOf(() => decodeGrant(grant))).toBe('TokenMalformed');
  });
});

describe('a source cluster token counts as any grant does', () => {
  const claims = sourceClaims(prod, holder);

  test('under the grant key of who issued it, and no other', async () => {
    expect(await outcome(await forge({ ...claims, iss: dr.urn }))).toBe('TokenUntrusted');
    const grant = await prod.issueSourceToken(claims);
    expect(await codeOf(() => verifyGrantToken(grant, { key: keysOf([prod], 'Stamp'), now: NOW }))).toBe(
      'TokenUntrusted',
    );
    expect(await codeOf(() => verifyGrantToken(grant, { key: keysOf([prod], 'Grant', 'Revoked'), now: NOW }))).toBe(
      'TokenRevoked',
    );
  });

  test('until it ends', async () => {
    const grant = await prod.issueSourceToken(claims);
    expect(await outcome(grant, new Date((claims.exp + 30) * 1000))).toBe('TokenExpired');
    expect(await outcome(await forge({ ...claims, iat: secondsFromNow(31) }))).toBe('TokenMalformed');
  });
});
