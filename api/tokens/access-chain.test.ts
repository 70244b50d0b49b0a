import { describe, expect, test } from 'vitest';
import { codeOf } from '../../test/fakes/code-of.ts';
import { FakeCluster, FakeHolder, keysOf, NOW, secondsFromNow } from '../../test/fakes/fake-authority.ts';
import { encodePart, forgeToken, partsOf, readPart, withCharacter } from '../../test/fakes/forge-token.ts';
import { accessClaims, grantClaims, stampClaims } from '../../test/fakes/sample-claims.ts';
import { verifyAccessChain, verifyGrant } from './access-chain.ts';
import { type AccessClaims, type AppGroupClaims, accessToken, appGroupToken, stampToken } from './kinds.ts';
import { type SigningKey, signToken } from './sign-token.ts';
import { holderUrn } from './urns.ts';

const prod = await FakeCluster.create('prod');
const dr = await FakeCluster.create('dr');
const rogue = await FakeCluster.create('rogue');
const holder = await FakeHolder.create();
const thief = await FakeHolder.create();

/** The destination trusts its own keys and those of prod; nothing of rogue. */
const grantKey = keysOf([prod, dr], 'Grant');

interface Chain {
  readonly grant?: Partial<AppGroupClaims>;
  readonly access?: Partial<AccessClaims>;
  readonly grantSigner?: SigningKey;
  readonly accessSigner?: SigningKey;
}

const chainOf = async ({ grant, access, grantSigner, accessSigner }: Chain = {}): Promise<string> => {
  const inner = await signToken(
    appGroupToken,
    { ...grantClaims(prod, holder), ...grant },
    grantSigner ?? prod.grantKey,
  );
  return signToken(accessToken, { ...accessClaims(prod, dr, holder, inner), ...access }, accessSigner ?? holder.key);
};

const outcome = (token: string, now = NOW) => codeOf(() => verifyAccessChain(token, { grantKey, now }));

test('a genuine chain gives the claims of both tokens', async () => {
  const { access, grant } = await verifyAccessChain(await chainOf(), { grantKey, now: NOW });
  expect(grant).toEqual(grantClaims(prod, holder));
  expect(access).toEqual(accessClaims(prod, dr, holder, access.grant));
});

test('the audience is left to the check of the destination', async () => {
  expect(await outcome(await chainOf({ access: { aud: rogue.urn } }))).toBe('none');
});

describe('good access token, bad grant', () => {
  test.each<[string, string, () => Promise<string>]>([
    ['of an untrusted cluster', 'TokenUntrusted', () => rogue.issueGrant(grantClaims(rogue, holder))],
    [
      'of a trusted cluster by an untrusted key',
      'TokenUntrusted',
      () => signToken(appGroupToken, grantClaims(prod, holder), rogue.grantKey),
    ],
    [
      'signed by the stamp key of its cluster',
      'TokenUntrusted',
      () => signToken(appGroupToken, grantClaims(prod, holder), prod.stampKey),
    ],
    [
      'signed by the admission key of its cluster',
      'TokenUntrusted',
      () => signToken(appGroupToken, grantClaims(prod, holder), prod.admissionKey),
    ],
    [
      'signed by the grant key of another trusted cluster',
      'TokenUntrusted',
      () => signToken(appGroupToken, grantClaims(prod, holder), dr.grantKey),
    ],
    [
      'under a trusted key’s name by the holder',
      'TokenUntrusted',
      () =>
        forgeToken({
          header: { alg: 'ES256', typ: appGroupToken.typ, kid: prod.grantKey.kid },
          payload: grantClaims(prod, holder),
          key: holder.key,
        }),
    ],
    [
      'issued by the holder himself',
      'TokenUntrusted',
      () => signToken(appGroupToken, { ...grantClaims(prod, holder), iss: holder.urn }, holder.key),
    ],
    [
      'that is expired',
      'TokenExpired',
      () => prod.issueGrant({ ...grantClaims(prod, holder), exp: secondsFromNow(-30) }),
    ],
    [
      'from the future',
      'TokenMalformed',
      () => prod.issueGrant({ ...grantClaims(prod, holder), iat: secondsFromNow(31) }),
    ],
    ['that is a stamp', 'TokenMalformed', () => signToken(stampToken, stampClaims(prod), prod.grantKey)],
    ['that is no token', 'TokenMalformed', async () => 'grant'],
    [
      'with one character changed',
      'TokenUntrusted',
      async () => {
        const grant = await prod.issueGrant(grantClaims(prod, holder));
        return withCharacter(grant, grant.lastIndexOf('.') + 5, 1);
      },
    ],
    [
      'with alg none',
      'TokenMalformed',
      async () => `${encodePart({ alg: 'none', typ: appGroupToken.typ })}.${encodePart(grantClaims(prod, holder))}.`,
    ],
  ])('a grant %s: %s', async (_, code, makeGrant) => {
    const grant = await makeGrant();
    expect(await outcome(await chainOf({ access: { grant } }))).toBe(code);
  });

  test('a grant within an access token within an access token is refused', async () => {
    expect(await outcome(await chainOf({ access: { grant: await chainOf() } }))).toBe('TokenMalformed');
  });

  test.each([
    ['Revoked', 'TokenRevoked'],
    ['Retired', 'none'],
    ['Active', 'none'],
  ] as const)('a grant by a key that is %s: %s', async (state, code) => {
    const token = await chainOf();
    expect(await codeOf(() => verifyAccessChain(token, { grantKey: keysOf([prod], 'Grant', state), now: NOW }))).toBe(
      code,
    );
  });
});

describe('good grant, bad access token', () => {
  test('signed by another key than the grant was given to is untrusted', async () => {
    expect(await outcome(await chainOf({ accessSigner: thief.key, access: { iss: thief.urn } }))).toBe(
      'TokenUntrusted',
    );
    expect(await outcome(await chainOf({ accessSigner: thief.key }))).toBe('TokenUntrusted');
  });

  test('signed by another key under the holder’s name is untrusted', async () => {
    const [header, payload] = partsOf(await chainOf());
    const token = await forgeToken({ header: readPart(header), payload: readPart(payload), key: thief.key });
    expect(await outcome(token)).toBe('TokenUntrusted');
  });

  test('signed by the cluster’s own grant key is untrusted', async () => {
    expect(await outcome(await chainOf({ accessSigner: prod.grantKey, access: { iss: prod.urn } }))).toBe(
      'TokenUntrusted',
    );
  });

  test.each([
    prod.urn,
    dr.urn,
    holderUrn(thief.key.kid),
    'urn:kubectl-recover:holder:',
    holder.key.kid,
  ])('with issuer %s is untrusted', async iss => {
    expect(await outcome(await chainOf({ access: { iss } }))).toBe('TokenUntrusted');
  });

  test('bound by the thief’s own grant is still of another user', async () => {
    const grant = await prod.issueGrant({ ...grantClaims(prod, thief), sub: 'mallory' });
    const access = { grant, iss: thief.urn, sub: 'alice' };
    expect(await outcome(await chainOf({ access, accessSigner: thief.key }))).toBe('TokenUntrusted');
  });

  test.each([
    'Alice',
    'alice ',
    'bob',
    'system:serviceaccount:shop:alice',
  ])('for user %j on a grant for alice is untrusted', async sub => {
    expect(await outcome(await chainOf({ access: { sub } }))).toBe('TokenUntrusted');
  });

  test('that outlives its grant is untrusted, by a second', async () => {
    const { exp } = grantClaims(prod, holder);
    expect(await outcome(await chainOf({ access: { exp } }))).toBe('none');
    expect(await outcome(await chainOf({ access: { exp: exp - 1 } }))).toBe('none');
    expect(await outcome(await chainOf({ access: { exp: exp + 1 } }))).toBe('TokenUntrusted');
  });

  test('that is expired says so, though its grant is not', async () => {
    expect(await outcome(await chainOf({ access: { exp: secondsFromNow(-30) } }))).toBe('TokenExpired');
    expect(await outcome(await chainOf({ access: { exp: secondsFromNow(-29) } }))).toBe('none');
  });

  test('from the future is malformed', async () => {
    expect(await outcome(await chainOf({ access: { iat: secondsFromNow(31) } }))).toBe('TokenMalformed');
    expect(await outcome(await chainOf({ access: { iat: secondsFromNow(30) } }))).toBe('none');
  });

  test('with a part of another access token is untrusted', async () => {
    const [header, , signature] = partsOf(await chainOf());
    const [, payload] = partsOf(await chainOf({ access: { point: { backup: 'nightly-2', source: prod.id } } }));
    expect(await outcome(`${header}.${payload}.${signature}`)).toBe('TokenUntrusted');
  });

  test('a grant alone is no access token', async () => {
    expect(await outcome(await prod.issueGrant(grantClaims(prod, holder)))).toBe('TokenMalformed');
  });
});

test('both lives are judged at the instant of the registration, 30 s of tolerance each', async () => {
  const token = await chainOf();
  const { exp } = grantClaims(prod, holder);
  expect(await outcome(token, new Date((exp + 29) * 1000))).toBe('none');
  expect(await outcome(token, new Date((exp + 30) * 1000))).toBe('TokenExpired');
});

test('a grant that an AccessRequest brings is verified by the same keys', async () => {
  const grant = await prod.issueGrant(grantClaims(prod, holder));
  expect(await verifyGrant(grant, { grantKey, now: NOW })).toEqual(grantClaims(prod, holder));
  const foreign = await rogue.issueGrant(grantClaims(rogue, holder));
  expect(await codeOf(() => verifyGrant(foreign, { grantKey, now: NOW }))).toBe('TokenUntrusted');
});
