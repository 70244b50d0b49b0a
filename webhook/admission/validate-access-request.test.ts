import { describe, expect, test } from 'vitest';
import type { Requester } from '../../api/kinds/requester.ts';
import { verdictOf } from '../../test/fakes/gate-scenario.ts';
import { reviewOf } from '../../test/fakes/review-of.ts';
import { validateAccessRequest } from './validate-access-request.ts';

const alice: Requester = { username: 'alice', uid: 'u1', groups: ['system:authenticated', 'team-shop'] };

const verdict = (spec: object) =>
  verdictOf(() => validateAccessRequest(reviewOf('AccessRequest', { metadata: { name: 'x' }, spec })));

test('a request of the authenticated user is allowed', async () => {
  expect(await verdict({ requester: alice, wants: { grant: true } })).toBe('allowed');
});

test.each<[string, object | undefined]>([
  ['nobody', undefined],
  ['another user', { ...alice, username: 'bob' }],
  ['the user in other letters', { ...alice, username: 'Alice' }],
  ['another incarnation of the user', { ...alice, uid: 'u2' }],
  ['the user without UID', { username: alice.username, groups: alice.groups }],
  ['more groups', { ...alice, groups: [...(alice.groups ?? []), 'system:masters'] }],
  ['fewer groups', { ...alice, groups: ['team-shop'] }],
  ['groups in another order', { ...alice, groups: alice.groups?.toReversed() }],
  ['no groups', { username: 'alice', uid: 'u1' }],
])('a request that names %s is refused', async (_, requester) => {
  expect(await verdict({ ...(requester ? { requester } : {}), wants: {} })).toBe('RequesterMismatch');
});

test('an absent UID and an empty one are the same, and so are absent groups and none', async () => {
  const request = reviewOf('AccessRequest', { spec: { requester: { username: 'alice' }, wants: {} } });
  const userInfo = { username: 'alice', uid: '', groups: [] };
  expect(await verdictOf(() => validateAccessRequest({ ...request, userInfo }))).toBe('allowed');
});

describe('a group', () => {
  test.each([
    'shop',
    'shop/shop',
    'shop-db',
    's',
    '0',
    'team.shop',
    'shop/team.shop',
    'x'.repeat(300),
  ])('may be typed as %s', async group => {
    expect(await verdict({ requester: alice, group, wants: {} })).toBe('allowed');
  });

  test.each([
    '',
    '/',
    'shop/',
    '/shop',
    'a/b/c',
    'Shop',
    'shop*',
    '*',
    '-shop',
    'shop-',
    'shop\n',
    ' shop',
    'shop db',
    'ｓhop',
    '../shop',
    'shop/..',
  ])('may not be typed as %j', async group => {
    expect(await verdict({ requester: alice, group, wants: {} })).toBe('RequestInvalid');
  });
});
