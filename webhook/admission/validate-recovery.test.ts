import { beforeEach, describe, expect, test } from 'vitest';
import { recoveryName } from '../../api/digest.ts';
import type { Recovery } from '../../api/kinds/recovery.ts';
import { NOW } from '../../test/fakes/fake-authority.ts';
import { verdictOf } from '../../test/fakes/gate-scenario.ts';
import { RECOVERY_NAME, recoveryObject } from '../../test/fakes/recovery-objects.ts';
import { RecoveryScenario } from '../../test/fakes/recovery-scenario.ts';
import { reviewOf } from '../../test/fakes/review-of.ts';
import { validateRecovery } from './validate-recovery.ts';

let scenario: RecoveryScenario;
let now: Date;

beforeEach(async () => {
  scenario = await RecoveryScenario.create();
  now = NOW;
});

/** Registers what the scenario holds; `change` comes last. */
const register = async (change: (recovery: Recovery) => Recovery = recovery => recovery) => {
  const { accessToken, restore, requester, reason } = await scenario.register();
  const spec = { accessToken, restore, requester, ...(reason === undefined ? {} : { reason }) };
  const recovery = change(recoveryObject({ spec }));
  return validateRecovery(reviewOf('Recovery', recovery, { userInfo: requester }), scenario.state, now);
};

const verdict = (change?: (recovery: Recovery) => Recovery) => verdictOf(() => register(change));

test('a registration that passes every check is allowed', async () => {
  expect(await register()).toEqual({ kind: 'allow' });
});

describe('a registration is refused', () => {
  test('for another requester than the authenticated user, before anything else is said', async () => {
    scenario.state.groups = [];
    expect(await verdict(({ spec, ...rest }) => ({ ...rest, spec: { ...spec, requester: { username: 'bob' } } }))).toBe(
      'RequesterMismatch',
    );
    expect(
      await verdict(({ spec: { requester, ...spec }, ...rest }) => {
        expect(requester?.username).toBe('alice');
        return { ...rest, spec };
      }),
    ).toBe('RequesterMismatch');
  });

  test.each([
    recoveryName('f'.repeat(32)),
    '0123456789abcdef0123456789abcdef',
    '',
  ])('under the name "%s", which is not that of its token: registering twice would be possible', async name => {
    expect(await verdict(recovery => ({ ...recovery, metadata: { ...recovery.metadata, name } }))).toBe(
      'RequestInvalid',
    );
  });

  test('for a token that cannot be read, by the check that says why', async () => {
    const decision = await register(({ spec, ...rest }) => ({ ...rest, spec: { ...spec, accessToken: 'x.y.z' } }));
    expect(decision).toMatchObject({ kind: 'refuse', problems: [{ code: 'TokenMalformed', field: 'token' }] });
  });

  test('for everything that is wrong at once, each with its check', async () => {
    scenario.requester = { username: 'mallory' };
    scenario.restore = { ...scenario.restore, includedResources: ['nodes', 'x'] };
    scenario.state.policyViews = [];
    expect(await register()).toEqual({
      kind: 'refuse',
      summary: `refused by cluster "${scenario.here.id}": 3 of 9 checks failed`,
      problems: [
        { field: 'requester', code: 'RequesterMismatch', message: expect.any(String), mend: expect.any(String) },
        { field: 'requester', code: 'NotOwner', message: expect.any(String), mend: expect.any(String) },
        ...['ScopeExceeded', 'ResourceExcluded'].map(code => expect.objectContaining({ field: 'scope', code })),
        expect.objectContaining({ field: 'policy', code: 'PolicyDenied' }),
      ],
    });
  });

  test('after its proof has expired, judged by the clock of the catalogue', async () => {
    now = new Date(NOW.getTime() + 3_600_000);
    expect(await verdict()).toBe('TokenExpired');
  });

  test('where nobody can tell', async () => {
    scenario.state.unavailable.add('backups');
    expect(await verdict()).toBe('StateUnavailable');
  });
});

test('a reason is judged, though it is not in the token', async () => {
  const { spec, ...policy } = scenario.state.policyViews[0] ?? { name: '', generation: 1, spec: undefined };
  if (spec === undefined) throw new TypeError('there is no policy');
  scenario.state.policyViews = [{ ...policy, spec: { ...spec, reasonPattern: 'INC-\\d+' } }];
  expect(await verdict()).toBe('PolicyDenied');
  scenario.reason = 'INC-1';
  expect(await verdict()).toBe('allowed');
});

test('the name of a registration reserves namespaces for it, and for no other', async () => {
  expect(recoveryObject().metadata.name).toBe(RECOVERY_NAME);
  expect(RECOVERY_NAME).toBe(recoveryName(scenario.access.jti));
});

test('a refusal shows nothing of the token', async () => {
  scenario.state.policyViews = [];
  const { accessToken } = await scenario.register();
  const told = JSON.stringify(await register());
  for (const part of accessToken.split('.')) expect(told).not.toContain(part.slice(0, 30));
});
