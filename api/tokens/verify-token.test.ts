import { createHmac } from 'node:crypto';
import type { TSchema } from 'typebox';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { codeOf } from '../../test/fakes/code-of.ts';
import { FakeCluster, FakeHolder, NOW, newSigningKey, secondsFromNow } from '../../test/fakes/fake-authority.ts';
import { encodePart, forgeToken, partsOf, readPart, withCharacter } from '../../test/fakes/forge-token.ts';
import {
  accessClaims,
  grantClaims,
  recoveryClaims,
  sourceClaims,
  stampClaims,
} from '../../test/fakes/sample-claims.ts';
import {
  accessToken,
  adoptedStampToken,
  appGroupToken,
  recoveryToken,
  sourceClusterToken,
  stampToken,
} from './kinds.ts';
import { type SigningKey, signToken } from './sign-token.ts';
import type { TokenKind } from './token-kind.ts';
import { decodeToken, type KeyLookup, type Verification, verifyToken } from './verify-token.ts';

/** RFC 8725 item by item, for every kind of token. What a key holder can sign is forged with genuine signatures. */

interface Case {
  readonly kind: TokenKind<TSchema>;
  readonly claims: Record<string, unknown>;
  readonly key: SigningKey;
  readonly audience?: string;
}

const prod = await FakeCluster.create('prod', { cloud: 'aws', region: 'eu-central-1' });
const dr = await FakeCluster.create('dr');
const holder = await FakeHolder.create();
const stranger = await newSigningKey();
const grant = await prod.issueGrant(grantClaims(prod, holder));
const access = accessClaims(prod, dr, holder, grant);
const recovery = recoveryClaims(dr);

const CASES: readonly Case[] = [
  { kind: stampToken, claims: stampClaims(prod), key: prod.stampKey },
  { kind: appGroupToken, claims: grantClaims(prod, holder), key: prod.grantKey },
  { kind: sourceClusterToken, claims: sourceClaims(prod, holder), key: prod.grantKey },
  { kind: accessToken, claims: access, key: holder.key, audience: access.aud },
  { kind: recoveryToken, claims: recovery, key: dr.admissionKey, audience: recovery.aud },
];

const headerOf = ({ kind, key }: Case) => ({ alg: 'ES256', typ: kind.typ, kid: key.kid });
const genuine = (of: Case): Promise<string> => signToken(of.kind, of.claims, of.key);
const trusting =
  ({ key, claims }: Case) =>
  (issuer: string, kid: string): KeyLookup =>
    kid === key.kid && issuer === claims['iss']
      ? { outcome: 'trusted', jwk: key.publicJwk }
      : { outcome: 'unknown', because: 'it is none of the test' };

const verificationOf = (of: Case): Verification => ({
  key: trusting(of),
  now: NOW,
  ...(of.audience === undefined ? {} : { audience: of.audience }),
});

const outcome = (of: Case, token: string, other: Partial<Verification> = {}) =>
  codeOf(() => verifyToken(of.kind, token, { ...verificationOf(of), ...other }));

/** Outcome of a token whose header or content was changed before it was genuinely signed. */
const outcomeOfForged = async (of: Case, forged: { header?: unknown; payload?: unknown }) =>
  outcome(of, await forgeToken({ header: headerOf(of), payload: of.claims, key: of.key, ...forged }));

afterEach(() => {
  vi.restoreAllMocks();
});

describe.each(CASES.map(of => ({ typ: of.kind.typ, of })))('$typ', ({ of }) => {
  const header = headerOf(of);

  test('a genuine one is verified and its claims come back as signed', async () => {
    expect(await verifyToken(of.kind, await genuine(of), verificationOf(of))).toEqual(of.claims);
  });

  test('a forgery that changes nothing is verified, so that the forgeries below fail for their flaw alone', async () => {
    expect(await outcomeOfForged(of, {})).toBe('none');
  });

  describe('algorithm (§3.1, §3.2)', () => {
    test.each([
      'none',
      'None',
      'NONE',
      'es256',
      'HS256',
      'HS384',
      'ES384',
      'ES512',
      'ES256K',
      'RS256',
      'PS256',
      'EdDSA',
      '',
      'ES256 ',
      null,
      256,
      ['ES256'],
      { alg: 'ES256' },
    ])('%j is refused', async alg => {
      expect(await outcomeOfForged(of, { header: { ...header, alg } })).toBe('TokenMalformed');
    });

    test('none is refused', async () => {
      const { alg, ...rest } = header;
      expect(alg).toBe('ES256');
      expect(await outcomeOfForged(of, { header: rest })).toBe('TokenMalformed');
    });

    test.each(['none', 'ES256'])('an empty signature under %s is refused', async alg => {
      const token = `${encodePart({ ...header, alg })}.${encodePart(of.claims)}.`;
      expect(await outcome(of, token)).toBe('TokenMalformed');
    });

    test.each(['HS256', 'ES256'])('an HMAC keyed with the public key under %s is refused', async alg => {
      const signed = `${encodePart({ ...header, alg })}.${encodePart(of.claims)}`;
      const secrets = [
        JSON.stringify(of.key.publicJwk),
        of.key.publicJwk.x,
        Buffer.from(of.key.publicJwk.x, 'base64url'),
      ];
      for (const secret of secrets) {
        const signature = createHmac('sha256', secret).update(signed).digest();
        expect(await outcome(of, `${signed}.${encodePart(signature)}`)).toBe(
          alg === 'ES256' ? 'TokenUntrusted' : 'TokenMalformed',
        );
      }
    });
  });

  describe('type (§3.11)', () => {
    const foreign = CASES.map(({ kind }) => kind.typ).filter(typ => typ !== of.kind.typ);
    const spelled = [of.kind.typ.toUpperCase(), `application/${of.kind.typ}`, ` ${of.kind.typ}`, `${of.kind.typ}\0`];
    test.each([...foreign, ...spelled, 'JWT', 'jwt', '', null, 1, [of.kind.typ]])('%j is refused', async typ => {
      expect(await outcomeOfForged(of, { header: { ...header, typ } })).toBe('TokenMalformed');
    });

    test('none is refused', async () => {
      expect(await outcomeOfForged(of, { header: { alg: header.alg, kid: header.kid } })).toBe('TokenMalformed');
    });

    test('a genuine token of every other kind, signed by this kind’s own key, is refused', async () => {
      for (const other of CASES.filter(({ kind }) => kind !== of.kind)) {
        const token = await signToken(other.kind, other.claims, of.key);
        expect(await outcome(of, token, { key: () => ({ outcome: 'trusted', jwk: of.key.publicJwk }) })).toBe(
          'TokenMalformed',
        );
      }
    });
  });

  describe('key (§3.10)', () => {
    test.each([
      '',
      '../../etc/passwd',
      "' OR '1'='1",
      'x'.repeat(42),
      'x'.repeat(44),
      `${'x'.repeat(43)}\n`,
      `${'x'.repeat(42)}=`,
      43,
      null,
      ['x'],
      {},
    ])('the name %j is refused before anybody looks it up', async kid => {
      const key = vi.fn(trusting(of));
      const token = await forgeToken({ header: { ...header, kid }, payload: of.claims, key: of.key });
      expect(await outcome(of, token, { key })).toBe('TokenMalformed');
      expect(key).not.toHaveBeenCalled();
    });

    test('no name is refused', async () => {
      expect(await outcomeOfForged(of, { header: { alg: header.alg, typ: header.typ } })).toBe('TokenMalformed');
    });

    test('it is asked for once, by the issuer and name in the token', async () => {
      const key = vi.fn(trusting(of));
      expect(await outcome(of, await genuine(of), { key })).toBe('none');
      expect(key.mock.calls).toEqual([[of.claims['iss'], of.key.kid]]);
    });

    test('one that is unknown is untrusted', async () => {
      expect(await outcomeOfForged(of, { header: { ...header, kid: stranger.kid } })).toBe('TokenUntrusted');
    });

    test('one of another issuer is untrusted', async () => {
      expect(await outcomeOfForged(of, { payload: { ...of.claims, iss: dr.urn.replace('cluster', 'holder') } })).toBe(
        'TokenUntrusted',
      );
    });

    test('one that was revoked says so, before the signature is looked at', async () => {
      const token = await forgeToken({ header, payload: of.claims, key: stranger });
      expect(await outcome(of, token, { key: () => ({ outcome: 'revoked' }) })).toBe('TokenRevoked');
    });

    test('one whose coordinates are no point of the curve is untrusted', async () => {
      const jwk = { ...of.key.publicJwk, y: of.key.publicJwk.x };
      expect(await outcome(of, await genuine(of), { key: () => ({ outcome: 'trusted', jwk }) })).toBe('TokenUntrusted');
    });

    test.each([
      ['jwk', { ...stranger.publicJwk }],
      ['jku', 'https://keys.attacker.example/jwks.json'],
      ['x5u', 'https://keys.attacker.example/chain.pem'],
      ['x5c', ['MIIB']],
      ['x5t', 'AAAA'],
      ['crit', ['exp']],
      ['b64', false],
      ['zip', 'DEF'],
      ['cty', 'JWT'],
      ['enc', 'A256GCM'],
      ['x', null],
    ])('a header with %s is refused, whoever signed it', async (name, value) => {
      for (const key of [of.key, stranger]) {
        const token = await forgeToken({ header: { ...header, [name]: value }, payload: of.claims, key });
        expect(await outcome(of, token)).toBe('TokenMalformed');
      }
    });

    test('a header with __proto__ is refused', async () => {
      const raw = `{"alg":"ES256","typ":"${of.kind.typ}","kid":"${of.key.kid}","__proto__":{}}`;
      expect(await outcomeOfForged(of, { header: raw })).toBe('TokenMalformed');
    });

    test('a header that inherits its members through __proto__ is refused', async () => {
      const raw = `{"__proto__":${JSON.stringify(header)}}`;
      expect(await outcomeOfForged(of, { header: raw })).toBe('TokenMalformed');
    });

    test('of a member that stands twice in a header the last one counts (RFC 7515 §4)', async () => {
      const rest = `"typ":"${of.kind.typ}","kid":"${of.key.kid}"`;
      expect(await outcomeOfForged(of, { header: `{"alg":"ES256",${rest},"alg":"none"}` })).toBe('TokenMalformed');
      expect(await outcomeOfForged(of, { header: `{"alg":"none",${rest},"alg":"ES256"}` })).toBe('none');
    });
  });

  describe('signature (§3.3)', () => {
    test('of another key under the trusted name is untrusted', async () => {
      expect(await outcome(of, await forgeToken({ header, payload: of.claims, key: stranger }))).toBe('TokenUntrusted');
    });

    test('of other claims is untrusted', async () => {
      const [head, , signature] = partsOf(await genuine(of));
      const changed = { ...of.claims, jti: 'another' };
      expect(await outcome(of, `${head}.${encodePart(changed)}.${signature}`)).toBe('TokenUntrusted');
    });

    test.each([
      ['zeroes', Buffer.alloc(64)],
      ['ones', Buffer.alloc(64, 0xff)],
      ['a short one', Buffer.alloc(63, 1)],
      ['a long one', Buffer.alloc(65, 1)],
      ['one byte', Buffer.alloc(1, 1)],
    ])('of %s is untrusted (CVE-2022-21449 and its kin)', async (_, bytes) => {
      const [head, payload] = partsOf(await genuine(of));
      expect(await outcome(of, `${head}.${payload}.${encodePart(bytes)}`)).toBe('TokenUntrusted');
    });

    test('in DER is untrusted', async () => {
      const [head, payload, signature] = partsOf(await genuine(of));
      const raw = Buffer.from(signature, 'base64url');
      const integer = (bytes: Buffer) => Buffer.from([0x02, 33, 0, ...bytes]);
      const der = Buffer.from([0x30, 70, ...integer(raw.subarray(0, 32)), ...integer(raw.subarray(32))]);
      expect(await outcome(of, `${head}.${payload}.${encodePart(der)}`)).toBe('TokenUntrusted');
    });
  });

  describe('spelling', () => {
    const spellings: readonly (readonly [string, (token: string) => string])[] = [
      ['a padded header', token => token.replace('.', '=.')],
      ['a padded signature', token => `${token}==`],
      ['a space before', token => ` ${token}`],
      ['a newline after', token => `${token}\n`],
      ['a NUL after', token => `${token}\0`],
      ['a line break inside', token => `${token.slice(0, 40)}\r\n${token.slice(40)}`],
      ['the standard alphabet', token => `${token.slice(0, -1)}+`],
      ['a slash of the standard alphabet', token => `${token.slice(0, -1)}/`],
      ['letters beyond ASCII', token => `${token.slice(0, -1)}é`],
      ['a trailing dot', token => `${token}.`],
      ['a leading dot', token => `.${token}`],
      ['four parts', token => `${token}.AAAA`],
      ['five parts, as a JWE has', token => `${token}.AAAA.AAAA`],
      ['two parts', token => token.slice(0, token.lastIndexOf('.'))],
      ['one part', token => token.replaceAll('.', '')],
      ['no header', token => token.slice(token.indexOf('.'))],
      ['no content', token => token.replace(/\..*\./, '..')],
      ['nothing', () => ''],
      ['dots alone', () => '..'],
      ['Bearer before it', token => `Bearer ${token}`],
      ['percent-encoding', token => token.replaceAll('.', '%2E')],
    ];
    test.each(spellings)('%s is refused', async (_, respell) => {
      expect(await outcome(of, respell(await genuine(of)))).toBe('TokenMalformed');
    });

    test('the JSON serializations of RFC 7515 §7.2 are refused', async () => {
      const [head, payload, signature] = partsOf(await genuine(of));
      const flattened = { protected: head, payload, signature };
      const general = { payload, signatures: [{ protected: head, signature }] };
      for (const json of [flattened, general]) expect(await outcome(of, JSON.stringify(json))).toBe('TokenMalformed');
    });

    test('bits beyond the last byte are refused: they give one signature many spellings', async () => {
      const token = await genuine(of);
      // 64 bytes fill 85 characters and a third of the 86th; its other four bits are spare.
      for (const step of [1, 2, 3]) {
        const respelt = withCharacter(token, token.length - 1, step);
        const bytes = (text: string) => Buffer.from(partsOf(text)[2], 'base64url');
        expect(bytes(respelt)).toEqual(bytes(token));
        expect(await outcome(of, respelt)).toBe('TokenMalformed');
      }
    });
  });

  describe('content (§3.7, §3.8)', () => {
    const { claims } = of;
    test.each(
      Object.keys(claims).filter(name => !['destinations', 'absent'].includes(name)),
    )('without %s it is refused', async name => {
      const { [name]: left, ...rest } = claims;
      expect(left).toBeDefined();
      expect(await outcomeOfForged(of, { payload: rest })).toBe('TokenMalformed');
    });

    test.each(Object.keys(claims))('with null for %s it is refused', async name => {
      expect(await outcomeOfForged(of, { payload: { ...claims, [name]: null } })).toBe('TokenMalformed');
    });

    test.each([
      'nbf',
      'azp',
      'act',
      'scope',
      'limit',
      'constructor',
      'toString',
      'x',
    ])('with the unknown claim %s it is refused, since it could be a limit', async name => {
      expect(await outcomeOfForged(of, { payload: { ...claims, [name]: secondsFromNow(0) } })).toBe('TokenMalformed');
    });

    test('claims behind __proto__ are neither taken nor ignored', async () => {
      const json = JSON.stringify(claims);
      expect(await outcomeOfForged(of, { payload: `{"__proto__":${json}}` })).toBe('TokenMalformed');
      expect(await outcomeOfForged(of, { payload: `{"__proto__":{},${json.slice(1)}` })).toBe('TokenMalformed');
    });

    test('of a claim that stands twice the last one counts (RFC 7519 §4)', async () => {
      const json = JSON.stringify(claims);
      expect(await outcomeOfForged(of, { payload: `{"jti":"first",${json.slice(1)}` })).toBe('none');
      expect(await outcomeOfForged(of, { payload: `${json.slice(0, -1)},"jti":7}` })).toBe('TokenMalformed');
    });

    test.each([
      ['nothing', ''],
      ['null', 'null'],
      ['a list', '[]'],
      ['a string', '"claims"'],
      ['a number', '1'],
      ['text', 'claims'],
      ['half an object', '{"iss":'],
      ['two objects', '{}{}'],
      ['a comment', '{}//'],
      ['no claims', '{}'],
      ['bytes that are not UTF-8', Buffer.concat([Buffer.from('{"iss":"'), Buffer.from([0xc3, 0x28, 0xff])])],
      ['a claim with an overlong form', Buffer.from([0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x3a, 0x31, 0x7d])],
      ['UTF-16', Buffer.from(JSON.stringify(claims), 'utf16le')],
    ])('%s in its place is refused', async (_, payload) => {
      expect(await outcomeOfForged(of, { payload })).toBe('TokenMalformed');
      expect(await outcomeOfForged(of, { header: payload })).toBe('TokenMalformed');
    });

    test.each(['iat', 'exp'].filter(name => name in claims))('%s must be a whole number of seconds', async name => {
      for (const value of ['1772452800', 1_772_452_800.5, -1, true, [], {}]) {
        expect(await outcomeOfForged(of, { payload: { ...claims, [name]: value } })).toBe('TokenMalformed');
      }
      const json = JSON.stringify({ ...claims, [name]: 1 }).replace(`"${name}":1`, `"${name}":1e400`);
      expect(await outcomeOfForged(of, { payload: json })).toBe('TokenMalformed');
    });

    test('an iat beyond what a date can hold is refused like any other in the future', async () => {
      for (const iat of [8_640_000_000_001, Number.MAX_SAFE_INTEGER, 1e300]) {
        expect(await outcomeOfForged(of, { payload: { ...claims, iat } })).toBe('TokenMalformed');
      }
    });
  });

  describe('size', () => {
    test('over its cap it is refused before anything is parsed or looked up', async () => {
      const key = vi.fn(trusting(of));
      const [head, payload, signature] = partsOf(await genuine(of));
      const parse = vi.spyOn(JSON, 'parse');
      const tooLong = `${head}.${payload}${'A'.repeat(of.kind.maxLength)}.${signature}`;
      expect(await outcome(of, tooLong, { key })).toBe('TokenMalformed');
      expect(await outcome(of, '.'.repeat(of.kind.maxLength + 1), { key })).toBe('TokenMalformed');
      expect(parse).not.toHaveBeenCalled();
      expect(key).not.toHaveBeenCalled();
    });

    test('the cap itself is allowed', async () => {
      const token = await genuine(of);
      const exact = { ...of, kind: { ...of.kind, maxLength: token.length } };
      const less = { ...of, kind: { ...of.kind, maxLength: token.length - 1 } };
      expect(await outcome(exact, token)).toBe('none');
      expect(await outcome(less, token)).toBe('TokenMalformed');
    });
  });

  describe('audience (§3.9)', () => {
    const { audience } = of;

    test('a list is refused', async () => {
      for (const aud of [[audience ?? prod.urn], [], [audience ?? prod.urn, dr.urn]]) {
        expect(await outcomeOfForged(of, { payload: { ...of.claims, aud } })).toBe('TokenMalformed');
      }
    });

    test('another one is untrusted, by the letter', async () => {
      const ours = audience ?? '';
      const others = [`${ours}/`, ours.toUpperCase(), ours.slice(0, -1), ` ${ours}`, prod.urn, '*'];
      for (const aud of others) {
        const expected = audience === undefined ? 'TokenMalformed' : 'TokenUntrusted';
        expect(await outcomeOfForged(of, { payload: { ...of.claims, aud } })).toBe(expected);
      }
    });

    test('a verifier of another name, or of none, does not trust it', async () => {
      const { audience: own, ...verification } = verificationOf(of);
      const token = await genuine(of);
      const anonymous = await codeOf(() => verifyToken(of.kind, token, verification));
      expect(anonymous).toBe(own === undefined ? 'none' : 'TokenUntrusted');
      expect(await outcome(of, token, { audience: 'urn:kubectl-recover:cluster:somebody-else' })).toBe(
        'TokenUntrusted',
      );
    });
  });

  describe('time, with clocks that differ by up to 30 s', () => {
    const at = (seconds: number, milliseconds = 0) => ({ now: new Date(seconds * 1000 + milliseconds) });
    const iat = Number(of.claims['iat']);

    test('issued in the future it is refused', async () => {
      const token = await genuine(of);
      expect(await outcome(of, token, at(iat))).toBe('none');
      expect(await outcome(of, token, at(iat - 30))).toBe('none');
      expect(await outcome(of, token, at(iat - 31))).toBe('TokenMalformed');
      expect(await outcome(of, token, at(iat - 30, -1))).toBe('TokenMalformed');
    });

    test('after its end it is expired; one without an end does not expire', async () => {
      const token = await genuine(of);
      const exp = of.claims['exp'];
      if (typeof exp !== 'number') {
        expect(await outcome(of, token, at(iat + 10 * 365 * 86_400))).toBe('none');
        return;
      }
      expect(await outcome(of, token, at(exp))).toBe('none');
      expect(await outcome(of, token, at(exp + 29, 999))).toBe('none');
      expect(await outcome(of, token, at(exp + 30))).toBe('TokenExpired');
      expect(await outcome(of, token, at(exp + 86_400))).toBe('TokenExpired');
    });

    test('a forged end is no reason to say expired before the signature was judged', async () => {
      const payload = { ...of.claims, iat: 1, ...('exp' in of.claims ? { exp: 2 } : {}) };
      expect(await outcome(of, await forgeToken({ header, payload, key: stranger }))).toBe('TokenUntrusted');
    });
  });

  test('decoding tells claims and key name of an unverified token, and holds it to the same form', async () => {
    const token = await forgeToken({ header, payload: of.claims, key: stranger });
    expect(decodeToken(of.kind, token)).toEqual({ kid: of.key.kid, claims: of.claims });
    expect(await codeOf(() => decodeToken(of.kind, `${token}.AAAA`))).toBe('TokenMalformed');
    const unknown = await forgeToken({ header, payload: { ...of.claims, x: 1 }, key: of.key });
    expect(await codeOf(() => decodeToken(of.kind, unknown))).toBe('TokenMalformed');
  });

  test('an error never holds any part of the token', async () => {
    const token = await forgeToken({ header, payload: of.claims, key: stranger });
    for (const bad of [token, `${token}.x`, token.slice(3)]) {
      const error: unknown = await verifyToken(of.kind, bad, verificationOf(of)).catch((cause: unknown) => cause);
      const text = error instanceof Error ? `${error.message} ${error.stack}` : '';
      expect(text).not.toBe('');
      for (const part of partsOf(token)) expect(text).not.toContain(part.slice(0, 40));
    }
  });
});

describe('no claim within a claim is ignored', () => {
  type Claims = Readonly<Record<string, unknown>>;
  const isObject = (value: unknown): value is Claims =>
    typeof value === 'object' && value !== null && !Array.isArray(value);

  /** A value, once for each object in it and itself, with one member more in that; the path tells in which. */
  const widened = (value: unknown, path: string): [string, unknown][] => {
    if (Array.isArray(value)) {
      return value.flatMap((item, index) =>
        widened(item, `${path}[${index}]`).map(([at, wider]): [string, unknown] => [at, value.with(index, wider)]),
      );
    }
    if (!isObject(value)) return [];
    const within = Object.entries(value).flatMap(([name, inner]) =>
      widened(inner, `${path}.${name}`).map(([at, wider]): [string, unknown] => [at, { ...value, [name]: wider }]),
    );
    return [[path, { ...value, any: 'true' }], ...within];
  };

  const prepared = {
    accessTokenID: access.jti,
    point: access.point,
    destination: { cluster: dr.id },
    restoreDigest: access.restoreDigest,
  };
  const adoption = { kind: 'Adopted' as const, by: 'olga' };
  const all: readonly Case[] = [
    ...CASES,
    {
      kind: appGroupToken,
      claims: { ...grantClaims(prod, holder), prepared, destinations: [{ clusterID: dr.id }] },
      key: prod.grantKey,
    },
    { kind: sourceClusterToken, claims: sourceClaims(prod, holder, dr), key: dr.grantKey },
    { kind: adoptedStampToken, claims: { ...stampClaims(prod), adoption }, key: prod.stampKey },
  ];

  test.each(
    all.flatMap(of => widened(of.claims, 'claims').map(([path, claims]) => [of.kind.typ, path, of, claims] as const)),
  )('%s: %s', async (_typ, _path, of, payload) => {
    expect(await outcomeOfForged(of, {})).toBe('none');
    expect(await outcomeOfForged(of, { payload })).toBe('TokenMalformed');
  });
});

describe('claims within claims', () => {
  const [, appGroup, accessCase] = CASES;
  if (!appGroup || !accessCase) throw new TypeError('a kind is missing');

  test.each([
    ['a private key as confirmation', { cnf: { jwk: { ...holder.key.publicJwk, d: 'x'.repeat(43) } } }],
    ['a key of another curve', { cnf: { jwk: { ...holder.key.publicJwk, crv: 'P-384' } } }],
    ['a symmetric key', { cnf: { jwk: { kty: 'oct', k: 'AAAA' } } }],
    ['a confirmation by reference', { cnf: { kid: holder.key.kid } }],
    ['more than a key', { cnf: { jwk: holder.key.publicJwk, kid: holder.key.kid } }],
    ['a group ID without cluster', { group: { id: 'shop', namespace: 'shop', name: 'shop' } }],
    ['a namespace of three parts', { namespaces: [['shop', 'uid', 'more']] }],
    ['a namespace without UID', { namespaces: [['shop']] }],
    ['a namespace that is none', { namespaces: [['Shop/..', 'uid']] }],
    ['no owners', { owners: [] }],
    ['an owner of another kind', { owners: [{ kind: 'Everyone', name: 'alice' }] }],
    ['no lineage', { lineage: [] }],
    ['129 namespaces', { namespaces: Array.from({ length: 129 }, (_, index) => [`shop-${index}`, 'uid']) }],
    ['a user without name', { sub: '' }],
  ])('an app-group token with %s is refused', async (_, change) => {
    expect(await outcomeOfForged(appGroup, { payload: { ...appGroup.claims, ...change } })).toBe('TokenMalformed');
  });

  test.each([
    ['a point with more', { point: { ...access.point, uid: 'x' } }],
    ['a destination with more', { destination: { ...access.destination, any: 'true' } }],
    ['a digest of another kind', { restoreDigest: `sha512:${'0'.repeat(64)}` }],
    ['a digest in capitals', { restoreDigest: access.restoreDigest.toUpperCase() }],
    ['a grant that is an object', { grant: readPart(partsOf(grant)[1]) }],
    ['two grants', { grant: [grant, grant] }],
  ])('an access token with %s is refused', async (_, change) => {
    expect(await outcomeOfForged(accessCase, { payload: { ...access, ...change } })).toBe('TokenMalformed');
  });
});
