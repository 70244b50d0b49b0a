import fc from 'fast-check';
import type { TSchema } from 'typebox';
import { describe, expect, test } from 'vitest';
import { codeOf } from '../../test/fakes/code-of.ts';
import { FakeCluster, FakeHolder, NOW, secondsFromNow } from '../../test/fakes/fake-authority.ts';
import { encodePart, forgeToken, withCharacter } from '../../test/fakes/forge-token.ts';
import {
  accessClaims,
  grantClaims,
  recoveryClaims,
  sourceClaims,
  stampClaims,
} from '../../test/fakes/sample-claims.ts';
import {
  type AppGroupClaims,
  accessToken,
  appGroupToken,
  recoveryToken,
  sourceClusterToken,
  stampToken,
} from './kinds.ts';
import { type SigningKey, signToken } from './sign-token.ts';
import type { TokenKind } from './token-kind.ts';
import { verifyToken } from './verify-token.ts';

const prod = await FakeCluster.create('prod');
const dr = await FakeCluster.create('dr');
const holder = await FakeHolder.create();
const grant = grantClaims(prod, holder);
const access = accessClaims(prod, dr, holder, await prod.issueGrant(grant));
const recovery = recoveryClaims(dr);

interface Case {
  readonly kind: TokenKind<TSchema>;
  readonly claims: unknown;
  readonly key: SigningKey;
  readonly audience?: string;
}

const CASES: readonly Case[] = [
  { kind: stampToken, claims: stampClaims(prod), key: prod.stampKey },
  { kind: appGroupToken, claims: grant, key: prod.grantKey },
  { kind: sourceClusterToken, claims: sourceClaims(prod, holder), key: prod.grantKey },
  { kind: accessToken, claims: access, key: holder.key, audience: access.aud },
  { kind: recoveryToken, claims: recovery, key: dr.admissionKey, audience: recovery.aud },
];

/** As trusting as a verifier can be: whatever key is asked for, it is there. */
const verify = ({ kind, key, audience }: Case, token: string) =>
  verifyToken(kind, token, {
    key: () => ({ outcome: 'trusted', jwk: key.publicJwk }),
    now: NOW,
    ...(audience === undefined ? {} : { audience }),
  });

describe.each(CASES.map(of => ({ typ: of.kind.typ, of })))('$typ', ({ of }) => {
  test('with any one character replaced it never verifies', async () => {
    const token = await signToken(of.kind, of.claims, of.key);
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 1), fc.integer({ min: 1, max: 63 }), async (index, step) => {
        expect(await codeOf(() => verify(of, withCharacter(token, index, step)))).toMatch(/^Token/);
      }),
      { numRuns: 300 },
    );
  });

  test('with any character left out, doubled or put in it never verifies', async () => {
    const token = await signToken(of.kind, of.claims, of.key);
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 1), fc.string({ maxLength: 3 }), async (index, put) => {
        const changed = `${token.slice(0, index)}${put}${token.slice(index + 1)}`;
        fc.pre(changed !== token);
        expect(await codeOf(() => verify(of, changed))).toMatch(/^Token/);
      }),
      { numRuns: 200 },
    );
  });

  test('no string verifies', async () => {
    const part = fc.oneof(
      fc.base64String({ maxLength: 40 }),
      fc.json().map(encodePart),
      fc.constant(encodePart({ alg: 'ES256', typ: of.kind.typ, kid: of.key.kid })),
      fc.uint8Array({ minLength: 64, maxLength: 64 }).map(encodePart),
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.array(part, { minLength: 1, maxLength: 5 }).map(parts => parts.join('.')),
    );
    await fc.assert(
      fc.asyncProperty(text, async token => {
        expect(await codeOf(() => verify(of, token))).toMatch(/^Token/);
      }),
      { numRuns: 300 },
    );
  });

  test('no genuinely signed JSON but well-formed claims verifies', async () => {
    const header = { alg: 'ES256', typ: of.kind.typ, kid: of.key.kid };
    const payload = fc.oneof(
      fc.jsonValue(),
      fc
        .tuple(fc.constantFrom(...Object.keys(of.claims as object)), fc.jsonValue({ maxDepth: 1 }))
        .map(([name, value]) => ({ ...(of.claims as object), [name]: [[value]] })),
    );
    await fc.assert(
      fc.asyncProperty(payload, async value => {
        const token = await forgeToken({ header, payload: JSON.stringify(value), key: of.key });
        expect(await codeOf(() => verify(of, token))).toBe('TokenMalformed');
      }),
      { numRuns: 200 },
    );
  });
});

const name = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?$/);
const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });
const uuid = fc.uuid({ version: 4 });
const owner = fc.oneof(
  fc.record({ kind: fc.constantFrom('User' as const, 'Group' as const), name: text }),
  fc.record({ kind: fc.constant('ServiceAccount' as const), name: text, namespace: name }),
);
const someGrant: fc.Arbitrary<AppGroupClaims> = fc.record({
  iss: text,
  iat: fc.integer({ min: 0, max: secondsFromNow(30) }),
  exp: fc.integer({ min: secondsFromNow(-29), max: 253_402_300_799 }),
  jti: text,
  sub: text,
  cnf: fc.constant(grant.cnf),
  group: fc.record({ id: fc.tuple(uuid, uuid).map(ids => ids.join('/')), namespace: name, name: text }),
  namespaces: fc.array(fc.tuple(name, uuid), { maxLength: 5 }),
  owners: fc.array(owner, { minLength: 1, maxLength: 5 }),
  lineage: fc.array(uuid, { minLength: 1, maxLength: 3 }),
  cluster: fc.record({ id: uuid }),
});

test('whatever claims are signed come back as they were', async () => {
  await fc.assert(
    fc.asyncProperty(someGrant, async claims => {
      const token = await signToken(appGroupToken, claims, prod.grantKey);
      const verified = await verifyToken(appGroupToken, token, {
        key: () => ({ outcome: 'trusted', jwk: prod.grantKey.publicJwk }),
        now: NOW,
      });
      expect(verified).toEqual(claims);
    }),
    { numRuns: 150 },
  );
});
