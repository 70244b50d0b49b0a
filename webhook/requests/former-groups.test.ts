import { describe, expect, test } from 'vitest';
import type { StampClaims } from '../../api/tokens/kinds.ts';
import { FakeCluster, uidOf } from '../../test/fakes/fake-authority.ts';
import { START_TIME, stampClaims } from '../../test/fakes/sample-claims.ts';
import { FormerGroups } from './former-groups.ts';

const prod = await FakeCluster.create('prod');
const dr = await FakeCluster.create('dr');

const EARLIER = '2026-03-01T03:00:00Z';
const LATER = '2026-03-02T09:00:00Z';

interface StampPart {
  readonly startTime?: string;
  readonly groups?: readonly string[];
  readonly owner?: string;
  readonly cluster?: FakeCluster;
}

const idOf = (group: string): string => `${prod.id}/${uidOf(`group ${group}`)}`;

/** A stamp that names groups of prod. */
const stampOf = ({ startTime = START_TIME, groups = ['shop'], owner = 'alice', cluster = prod }: StampPart) => {
  const claims = stampClaims(cluster);
  const [sample] = claims.groups;
  if (sample === undefined) throw new TypeError('the sample has no group');
  return {
    ...claims,
    jti: `stamp of ${startTime}`,
    backup: { ...claims.backup, startTime },
    groups: groups.map(name => ({ ...sample, id: idOf(name), name, owners: [{ kind: 'User', name: owner }] })),
  } satisfies StampClaims;
};

/** What is known of each group: its name, its owners, and who said so. */
const known = (former: FormerGroups): string[] =>
  former
    .all()
    .map(({ group, cluster }) => {
      const signer = cluster.id === prod.id ? '' : ' by dr';
      return `${group.name} of ${group.owners.map(({ name }) => name).join()}${signer}`;
    })
    .toSorted();

const older = stampOf({ startTime: EARLIER, owner: 'bob' });
const newer = stampOf({ startTime: LATER });

test('a group is told as its stamp tells it', () => {
  const former = new FormerGroups();
  const stamp = stampOf({});
  former.put('velero/a', stamp);
  expect(former.all()).toEqual([
    expect.objectContaining({
      group: stamp.groups[0],
      cluster: prod.cluster,
      stamp: { jti: stamp.jti, startTime: START_TIME },
    }),
  ]);
});

describe('the newest stamp counts', () => {
  test.each([
    ['oldest first', [older, newer]],
    ['newest first', [newer, older]],
  ])('%s', (_, stamps) => {
    const former = new FormerGroups();
    for (const [index, stamp] of stamps.entries()) expect(former.put(`velero/${index}`, stamp)).toEqual([]);
    expect(known(former)).toEqual(['shop of alice']);
  });

  test('by the instant, however it is written', () => {
    const former = new FormerGroups();
    former.put('velero/a', stampOf({ startTime: '2026-03-02T04:00:00Z' }));
    former.put('velero/b', stampOf({ startTime: '2026-03-02T05:30:00+02:00', owner: 'bob' }));
    expect(known(former)).toEqual(['shop of alice']);
  });

  test('for each group by itself', () => {
    const former = new FormerGroups();
    former.put('velero/a', stampOf({ groups: ['shop', 'mail'], owner: 'bob' }));
    former.put('velero/b', newer);
    expect(known(former)).toEqual(['mail of bob', 'shop of alice']);
  });

  test('for each cluster that signs by itself: none hides what another one said', () => {
    const former = new FormerGroups();
    former.put('velero/a', stampOf({}));
    former.put('velero/b', stampOf({ startTime: LATER, owner: 'mallory', cluster: dr }));
    expect(known(former)).toEqual(['shop of alice', 'shop of mallory by dr']);
  });
});

describe('a backup that is gone', () => {
  test('tells of which groups it was the newest', () => {
    const former = new FormerGroups();
    former.put('velero/a', stampOf({ startTime: EARLIER, groups: ['shop', 'mail'] }));
    former.put('velero/b', stampOf({ startTime: LATER, groups: ['shop', 'web'] }));
    expect(former.put('velero/b', undefined).toSorted()).toEqual([idOf('shop'), idOf('web')].toSorted());
    expect(known(former)).toEqual(['mail of alice']);
    expect(former.put('velero/a', undefined)).toEqual([idOf('mail')]);
    expect(known(former)).toEqual([]);
  });

  test('that was the newest of none tells of none', () => {
    const former = new FormerGroups();
    former.put('velero/a', newer);
    former.put('velero/b', older);
    expect(former.put('velero/b', undefined)).toEqual([]);
    expect(former.put('velero/unknown', undefined)).toEqual([]);
    expect(known(former)).toEqual(['shop of alice']);
  });
});

describe('a backup with another stamp than before', () => {
  test.each([
    ['the same', newer, []],
    ['a newer one', stampOf({ startTime: '2026-03-02T10:00:00Z' }), []],
    ['an older one', older, [idOf('shop')]],
    ['one of another group', stampOf({ startTime: LATER, groups: ['mail'] }), [idOf('shop')]],
    ['one of another cluster', stampOf({ startTime: LATER, cluster: dr }), [idOf('shop')]],
  ])('%s: tells which groups have to be looked at again', (_, stamp, left) => {
    const former = new FormerGroups();
    former.put('velero/a', newer);
    former.put('velero/b', stampOf({}));
    expect(former.put('velero/a', stamp)).toEqual(left);
  });

  test('an older one: counts for nothing once the others are taken in again', () => {
    const former = new FormerGroups();
    const middle = stampOf({ owner: 'carol' });
    former.put('velero/a', newer);
    former.put('velero/b', middle);
    former.put('velero/a', older);
    former.put('velero/b', middle);
    expect(known(former)).toEqual(['shop of carol']);
  });
});
