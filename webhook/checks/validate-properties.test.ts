import fc from 'fast-check';
import { expect, test } from 'vitest';
import { restoreChoiceSchema } from '../../api/kinds/recovery.ts';
import { encodePart, withCharacter } from '../../test/fakes/forge-token.ts';
import { RecoveryScenario } from '../../test/fakes/recovery-scenario.ts';
import type { Registration } from './check.ts';
import { failuresOf, validate } from './validate.ts';

const scenario = await RecoveryScenario.create();
const registration = await scenario.register();

const judge = async (change: Partial<Registration>): Promise<readonly (string | undefined)[]> => {
  const validation = await validate({ ...registration, ...change }, scenario.state);
  return validation.outcome === 'allowed' ? ['allowed'] : failuresOf(validation.results).map(({ code }) => code);
};

const TOKEN_CODES = ['TokenMalformed', 'TokenUntrusted', 'TokenExpired', 'TokenRevoked'];

test('as it is, it is allowed', async () => {
  expect(await judge({})).toEqual(['allowed']);
});

test('no access token with a character replaced is allowed', async () => {
  const { accessToken } = registration;
  await fc.assert(
    fc.asyncProperty(fc.nat(accessToken.length - 1), fc.integer({ min: 1, max: 63 }), async (index, step) => {
      const [code] = await judge({ accessToken: withCharacter(accessToken, index, step) });
      expect(TOKEN_CODES).toContain(code);
    }),
    { numRuns: 400 },
  );
});

test('no access token with a byte replaced by any other is allowed', async () => {
  const { accessToken } = registration;
  await fc.assert(
    fc.asyncProperty(fc.nat(accessToken.length - 1), fc.nat(255), async (index, byte) => {
      const changed = `${accessToken.slice(0, index)}${String.fromCharCode(byte)}${accessToken.slice(index + 1)}`;
      fc.pre(changed !== accessToken);
      expect(TOKEN_CODES).toContain((await judge({ accessToken: changed }))[0]);
    }),
    { numRuns: 400 },
  );
});

test('no string is allowed as an access token', async () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.array(fc.oneof(fc.json().map(encodePart), fc.base64String()), { maxLength: 5 }).map(parts => parts.join('.')),
  );
  await fc.assert(
    fc.asyncProperty(text, async accessToken => {
      expect(TOKEN_CODES).toContain((await judge({ accessToken }))[0]);
    }),
    { numRuns: 300 },
  );
});

const unknownField = fc.string().filter(name => !Object.hasOwn(restoreChoiceSchema.properties, name));

test('no choice but the one that was signed is allowed, whatever is added to it', async () => {
  await fc.assert(
    fc.asyncProperty(unknownField, fc.jsonValue(), async (name, value) => {
      const restore = { ...registration.restore, ...JSON.parse(`{${JSON.stringify(name)}:${JSON.stringify(value)}}`) };
      expect(await judge({ restore })).toContain('ScopeExceeded');
    }),
    { numRuns: 200 },
  );
});

test('no other user is allowed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string(), fc.array(fc.string()), async (username, groups) => {
      fc.pre(username !== 'alice');
      expect(await judge({ requester: { username, groups } })).toContain('RequesterMismatch');
    }),
    { numRuns: 200 },
  );
});
