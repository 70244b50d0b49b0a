import { describe, expect, test } from 'vitest';
import type { Owner } from '../../api/kinds/group-parts.ts';
import type { GroupView } from '../state/views.ts';
import { groupAnswer, ownedGroups } from './owned-groups.ts';

const view = (namespace: string, name: string, part: Partial<GroupView> = {}): GroupView => ({
  id: `id-${namespace}-${name}`,
  uid: `uid-${namespace}-${name}`,
  namespace,
  name,
  requested: [name],
  claimed: [{ name, uid: 'n1' }],
  owners: [{ kind: 'User', name: 'alice' }],
  deleting: false,
  ready: true,
  message: 'held',
  points: 2,
  ...part,
});

const namesOf = (
  groups: readonly GroupView[],
  username = 'alice',
  asTyped?: string,
  memberOf: string[] = [],
): string[] =>
  ownedGroups(groups, { username, groups: memberOf }, asTyped).map(({ namespace, name }) => `${namespace}/${name}`);

describe('owned are', () => {
  const bobs = view('billing', 'billing', { owners: [{ kind: 'User', name: 'bob' }] });

  test('the groups of the user, in order, and no other', () => {
    expect(namesOf([view('shop', 'shop'), bobs, view('blog', 'web')])).toEqual(['blog/web', 'shop/shop']);
    expect(namesOf([bobs])).toEqual([]);
  });

  test.each<[string, Owner, string, string[], boolean]>([
    ['by group', { kind: 'Group', name: 'team' }, 'carol', ['team'], true],
    ['by another group', { kind: 'Group', name: 'team' }, 'carol', ['team-2'], false],
    ['by a user called as a group', { kind: 'Group', name: 'team' }, 'team', [], false],
    ['by a group called as a user', { kind: 'User', name: 'team' }, 'carol', ['team'], false],
    [
      'by ServiceAccount',
      { kind: 'ServiceAccount', namespace: 'ci', name: 'bot' },
      'system:serviceaccount:ci:bot',
      [],
      true,
    ],
    ['by a system group', { kind: 'Group', name: 'system:authenticated' }, 'carol', ['system:authenticated'], false],
  ])('those of an owner %s', (_, owner, username, memberOf, isOwned) => {
    expect(namesOf([view('shop', 'shop', { owners: [owner] })], username, undefined, memberOf)).toHaveLength(
      isOwned ? 1 : 0,
    );
  });

  test('none that is being deleted', () => {
    expect(namesOf([view('shop', 'shop', { deleting: true })])).toEqual([]);
  });
});

describe('a name as typed', () => {
  const groups = [view('shop', 'shop'), view('blog', 'shop'), view('blog', 'web')];

  test.each([
    ['shop', ['blog/shop', 'shop/shop']],
    ['blog/shop', ['blog/shop']],
    ['web', ['blog/web']],
    ['blog', []],
    ['sho', []],
    ['', []],
    ['shop/web', []],
    ['*', []],
  ])('%j finds %j', (asTyped, found) => {
    expect(namesOf(groups, 'alice', asTyped)).toEqual(found);
  });
});

describe('a group is told', () => {
  test('with all that its owner may know', () => {
    const newestPoint = { name: 'nightly-1', time: '2026-03-02T03:00:00Z' };
    expect(groupAnswer(view('shop', 'shop', { destinations: [], newestPoint }))).toEqual([
      {
        id: 'id-shop-shop',
        namespace: 'shop',
        name: 'shop',
        namespaces: [{ name: 'shop', uid: 'n1' }],
        owners: [{ kind: 'User', name: 'alice' }],
        destinations: [],
        ready: true,
        message: 'held',
        points: 2,
        newestPoint,
      },
    ]);
  });

  test('without what it has not', () => {
    const [answer] = groupAnswer(view('shop', 'shop'));
    expect(answer).not.toHaveProperty('destinations');
    expect(answer).not.toHaveProperty('newestPoint');
  });

  test('only once it has an ID', () => {
    const { id, ...unsettled } = view('shop', 'shop');
    expect(id).toBeDefined();
    expect(groupAnswer(unsettled)).toEqual([]);
  });
});
