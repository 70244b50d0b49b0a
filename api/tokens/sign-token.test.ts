import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { codeOf } from '../../test/fakes/code-of.ts';
import { FakeCluster, FakeHolder, newSigningKey, uidOf } from '../../test/fakes/fake-authority.ts';
import { partsOf, readPart } from '../../test/fakes/forge-token.ts';
import { accessClaims, grantClaims, stampClaims } from '../../test/fakes/sample-claims.ts';
import type { PublicJwk } from '../kinds/jwk.ts';
import { type AppGroupClaims, accessToken, appGroupToken, stampToken } from './kinds.ts';
import { signingKeyOf, signToken, thumbprintOf } from './sign-token.ts';

const prod = await FakeCluster.create('prod');
const holder = await FakeHolder.create();

describe('the signing key', () => {
  test('is named by the RFC 7638 thumbprint of its public half', async () => {
    const key = await newSigningKey();
    expect(key.kid).toBe(await thumbprintOf(key.publicJwk));
    expect(key.kid).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(Object.keys(key.publicJwk).sort()).toEqual(['crv', 'kty', 'x', 'y']);
  });

  test('has the thumbprint that RFC 7638 asks for: required members only, in order', async () => {
    // The P-256 key of RFC 7517 appendix A.1; its thumbprint by openssl over {"crv","kty","x","y"}.
    const jwk = {
      kty: 'EC',
      crv: 'P-256',
      x: 'MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4',
      y: '4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM',
    } as const;
    expect(await thumbprintOf(jwk)).toBe('cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s');
    const reordered = { y: jwk.y, x: jwk.x, crv: jwk.crv, kty: jwk.kty };
    expect(await thumbprintOf(reordered)).toBe(await thumbprintOf(jwk));
  });

  test('cannot be taken out again', async () => {
    const key = await newSigningKey();
    expect(key.privateKey.extractable).toBe(false);
    await expect(crypto.subtle.exportKey('jwk', key.privateKey)).rejects.toThrow();
  });

  test('leaves other members of a JWK behind', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwk = privateKey.export({ format: 'jwk' }) as PublicJwk & { readonly d: string };
    const { kty, crv, x, y } = jwk;
    expect((await signingKeyOf({ ...jwk, ...{ alg: 'none', use: 'enc' } })).publicJwk).toEqual({ kty, crv, x, y });
  });

  test('is refused if its halves do not belong together', async () => {
    const { publicJwk } = await newSigningKey();
    await expect(signingKeyOf({ ...publicJwk, d: `${'A'.repeat(42)}E` })).rejects.toThrow();
  });
});

describe('signing', () => {
  test('puts alg, typ and kid into the header and nothing else', async () => {
    const [header] = partsOf(await prod.issueStamp(stampClaims(prod)));
    expect(readPart(header)).toEqual({ alg: 'ES256', typ: 'backup-stamp+jwt', kid: prod.stampKey.kid });
  });

  test('refuses claims that no verifier would read', async () => {
    const claims = grantClaims(prod, holder);
    const { sub, ...without } = claims;
    expect(sub).toBe('alice');
    for (const bad of [without, { ...claims, scope: 'all' }, { ...claims, exp: 'soon' }, { ...claims, owners: [] }]) {
      const sign = () => signToken(appGroupToken, bad as unknown as AppGroupClaims, prod.grantKey);
      expect(await codeOf(sign)).toBe('TokenMalformed');
    }
  });

  test('refuses a token over the size of its kind', async () => {
    const claims = stampClaims(prod);
    const [group] = claims.groups;
    if (!group) throw new TypeError('the sample has no group');
    const owners = Array.from({ length: 64 }, (_, index) => ({
      kind: 'User' as const,
      name: `${'x'.repeat(500)}${index}`,
    }));
    const big = { ...claims, groups: [group, { ...group, owners }, { ...group, owners }, { ...group, owners }] };
    expect(await codeOf(() => signToken(stampToken, big, prod.stampKey))).toBe('TokenMalformed');
  });

  test('finds room for the largest grant in an access token', async () => {
    const dr = await FakeCluster.create('dr');
    const namespaces = Array.from({ length: 128 }, (_, index): [string, string] => [
      `shop-${index}`.padEnd(63, 'x'),
      uidOf(`${index}`),
    ]);
    const owners = Array.from({ length: 64 }, (_, index) => ({
      kind: 'Group' as const,
      name: `team-${index}`.padEnd(400),
    }));
    const grant = await prod.issueGrant({ ...grantClaims(prod, holder), namespaces, owners });
    const access = accessClaims(prod, dr, holder, grant);
    expect(await codeOf(() => signToken(accessToken, access, holder.key))).toBe('none');
  });
});
