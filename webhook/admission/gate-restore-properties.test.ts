import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ANNOTATIONS, CATALOGUE_USERNAME } from '../../api/names.ts';
import { type RecoveryClaims, recoveryToken } from '../../api/tokens/kinds.ts';
import { signToken } from '../../api/tokens/sign-token.ts';
import { uidOf } from '../../test/fakes/fake-authority.ts';
import { forgeToken, withCharacter } from '../../test/fakes/forge-token.ts';
import { GateScenario } from '../../test/fakes/gate-scenario.ts';
import { decisionOfError } from './respond.ts';
import type { AdmissionRequest } from './review.ts';

/** What holds at the gate for every input, not only for those that somebody thought of. */

let gate: GateScenario;
let honest: AdmissionRequest;
let token: string;

beforeAll(async () => {
  gate = await GateScenario.create();
  gate.dryRun = true;
});

beforeEach(async () => {
  expect(await gate.verdict()).toBe('allowed');
  honest = await gate.request();
  token = await gate.token();
});

afterAll(async () => {
  await gate.server.stop();
});

const TOKEN_CODES = ['TokenMalformed', 'TokenUntrusted', 'TokenExpired', 'TokenRevoked'];

/** The decision as the API server would hear it: whatever is thrown is a refusal. */
const decide = async (request: AdmissionRequest): Promise<readonly string[]> => {
  const decision = await gate.review(request).catch(decisionOfError);
  return decision.kind === 'refuse' ? decision.problems.map(({ code }) => code) : [decision.kind];
};

interface Parts {
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly spec?: unknown;
  readonly token?: string;
  readonly more?: Readonly<Record<string, unknown>>;
}

const requestWith = ({ metadata = {}, spec, token: text = token, more = {} }: Parts): AdmissionRequest => {
  const object = honest.object as { readonly metadata: object; readonly spec: object };
  const annotations = { [ANNOTATIONS.recoveryToken]: text };
  return {
    ...honest,
    object: {
      ...more,
      ...object,
      metadata: { ...object.metadata, annotations, ...metadata },
      ...(spec === undefined ? {} : { spec }),
    },
  };
};

const specOf = (): Record<string, unknown> => ({ ...(honest.object as { readonly spec: object }).spec });
const json = fc.jsonValue().map(value => JSON.parse(JSON.stringify(value)) as unknown);

describe('without its token none is admitted', () => {
  test('with a character replaced', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 1), fc.integer({ min: 1, max: 63 }), async (index, step) => {
        expect(TOKEN_CODES).toContain((await decide(requestWith({ token: withCharacter(token, index, step) })))[0]);
      }),
      { numRuns: 300 },
    );
  });

  test('cut, doubled or with something around it', async () => {
    const around = fc.tuple(fc.nat(token.length), fc.string({ maxLength: 20 }), fc.string({ maxLength: 20 }));
    await fc.assert(
      fc.asyncProperty(around, async ([length, before, after]) => {
        const changed = before + token.slice(0, length) + after;
        fc.pre(changed !== token);
        expect(TOKEN_CODES).toContain((await decide(requestWith({ token: changed })))[0]);
      }),
      { numRuns: 200 },
    );
  });

  test('with any claim changed or added and signed by another key', async () => {
    const { grantKey, admissionKey } = gate.scenario.here;
    const header = { alg: 'ES256', typ: 'recovery+jwt', kid: admissionKey.kid };
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string({ maxLength: 12 }), json, { maxKeys: 3 }), async claims => {
        const forged = await forgeToken({ header, payload: { ...gate.claims, ...claims }, key: grantKey });
        expect(TOKEN_CODES).toContain((await decide(requestWith({ token: forged })))[0]);
      }),
      { numRuns: 150 },
    );
  });

  test('with a header that says otherwise', async () => {
    const { admissionKey } = gate.scenario.here;
    const header = { alg: 'ES256', typ: 'recovery+jwt', kid: admissionKey.kid };
    const more = fc.dictionary(fc.string({ minLength: 1, maxLength: 12 }), json, { minKeys: 1, maxKeys: 2 });
    await fc.assert(
      fc.asyncProperty(more, async changes => {
        const forged = await forgeToken({ header: { ...header, ...changes }, payload: gate.claims, key: admissionKey });
        fc.pre(forged.split('.')[0] !== token.split('.')[0]);
        expect(TOKEN_CODES).toContain((await decide(requestWith({ token: forged })))[0]);
      }),
      { numRuns: 150 },
    );
  });
});

/** Signed by the right key, so that what refuses is what is compared, not the signature. */
const changedClaims: Readonly<Record<string, fc.Arbitrary<(claims: RecoveryClaims) => RecoveryClaims>>> = {
  'another recovery': fc.uuid().map(jti => claims => ({ ...claims, jti })),
  'another requester': fc.string({ minLength: 1, maxLength: 20 }).map(sub => claims => ({ ...claims, sub })),
  'another backup': fc.uuid().map(uid => claims => ({ ...claims, point: { ...claims.point, uid } })),
  'another location': fc
    .stringMatching(/^[a-z]{1,10}$/)
    .map(location => claims => ({ ...claims, point: { ...claims.point, location } })),
  'a further target': fc
    .stringMatching(/^[a-z]{1,10}$/)
    .map(name => claims => ({ ...claims, targets: [...claims.targets, [name, uidOf(name)] as [string, string]] })),
  'a target less': fc.nat(1).map(index => claims => ({
    ...claims,
    targets: claims.targets.filter((_, each) => each !== index),
  })),
  'a target of another UID': fc.tuple(fc.nat(1), fc.uuid()).map(([index, uid]) => claims => ({
    ...claims,
    targets: claims.targets.map((target, each): [string, string] => (each === index ? [target[0], uid] : target)),
  })),
  'another validation': fc
    .stringMatching(/^[0-9a-f]{64}$/)
    .map(digest => claims => ({ ...claims, validationDigest: `sha256:${digest}` })),
};

describe('a token of ours for something else admits nothing', () => {
  test.each(Object.entries(changedClaims))('%s', async (_, arbitrary) => {
    await fc.assert(
      fc.asyncProperty(arbitrary, async change => {
        const claims = change(gate.claims);
        fc.pre(JSON.stringify(claims) !== JSON.stringify(gate.claims));
        const signed = await signToken(recoveryToken, claims, gate.scenario.here.admissionKey);
        const [code = ''] = await decide(requestWith({ token: signed }));
        expect(['RestoreMismatch', 'ValidationChanged', 'TokenMalformed']).toContain(code);
      }),
      { numRuns: 40 },
    );
  });
});

describe('no other Restore is admitted with the token', () => {
  test('with a field added to its spec, or another value of one', async () => {
    const name = fc.oneof(fc.string({ maxLength: 20 }), fc.constantFrom(...Object.keys(specOf())));
    await fc.assert(
      fc.asyncProperty(name, json, async (field, value) => {
        const spec = JSON.parse(JSON.stringify({ ...specOf(), [field]: value })) as Record<string, unknown>;
        fc.pre(JSON.stringify(spec) !== JSON.stringify(specOf()) && Object.keys(spec).length > 0);
        expect(await decide(requestWith({ spec }))).toEqual(['RestoreMismatch']);
      }),
      { numRuns: 200 },
    );
  });

  test('with a field taken from its spec', async () => {
    for (const field of Object.keys(specOf())) {
      const { [field]: _, ...spec } = specOf();
      expect(await decide(requestWith({ spec }))).toEqual(['RestoreMismatch']);
    }
  });

  test('of another name, in another namespace, or with a status', async () => {
    const { name, namespace } = gate.restore.metadata;
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.constantFrom('name', 'namespace'), async (text, field) => {
        fc.pre(text !== name && text !== namespace);
        expect(await decide(requestWith({ metadata: { [field]: text } }))).toEqual(['RestoreMismatch']);
      }),
      { numRuns: 100 },
    );
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), json, { minKeys: 1 }), async status => {
        fc.pre(Object.keys(JSON.parse(JSON.stringify(status))).length > 0);
        expect(await decide(requestWith({ more: { status } }))).toEqual(['RestoreMismatch']);
      }),
      { numRuns: 50 },
    );
  });

  test('by any other user, in whatever groups', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.array(fc.string()), async (username, groups) => {
        fc.pre(username !== CATALOGUE_USERNAME);
        expect(await decide({ ...honest, userInfo: { username, groups } })).toEqual(['CatalogueOnly']);
      }),
      { numRuns: 100 },
    );
  });
});

describe('what is refused stays refused, whatever is added to it', () => {
  const flawed: readonly (readonly [string, () => AdmissionRequest])[] = [
    ['without a token', () => requestWith({ metadata: { annotations: {} } })],
    ['with a foreign token', () => requestWith({ token: withCharacter(token, token.length - 5, 1) })],
    ['with a wider spec', () => requestWith({ spec: { ...specOf(), includedNamespaces: ['*'] } })],
    ['without our finalizer', () => requestWith({ metadata: { finalizers: [] } })],
    ['by somebody else', () => ({ ...honest, userInfo: { username: 'alice' } })],
  ];

  test.each(flawed)('%s', async (_, make) => {
    const request = make();
    const [before = ''] = await decide(request);
    expect(before).not.toBe('allow');
    const addition = fc.tuple(
      fc.constantFrom('top', 'labels', 'annotations', 'spec'),
      fc.string({ maxLength: 30 }),
      json,
    );
    await fc.assert(
      fc.asyncProperty(addition, async ([where, field, value]) => {
        const object = request.object as { readonly metadata: Record<string, object>; readonly spec: object };
        const add = (to: object | undefined) => JSON.parse(JSON.stringify({ [field]: value, ...to })) as object;
        const { metadata } = object;
        const changed =
          where === 'top'
            ? { ...add(object), metadata, spec: object.spec }
            : where === 'spec'
              ? { ...object, spec: add(object.spec) }
              : { ...object, metadata: { ...metadata, [where]: add(metadata[where]) } };
        expect(await decide({ ...request, object: changed as AdmissionRequest['object'] })).not.toContain('allow');
      }),
      { numRuns: 60 },
    );
  });
});

describe('the decision', () => {
  test('is one for whatever is sent: an object of any kind is refused, none falls through', async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), json), async object => {
        expect(await decide({ ...honest, object })).not.toContain('allow');
      }),
      { numRuns: 200 },
    );
  });

  test('is the same again, and leaves the request as it was', async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), json, { maxKeys: 3 }), async labels => {
        const request = requestWith({ metadata: { labels } });
        const before = structuredClone(request);
        const first = await decide(request);
        expect(await decide(request)).toEqual(first);
        expect(first).toEqual(['allow']);
        expect(request).toEqual(before);
      }),
      { numRuns: 50 },
    );
  });
});
