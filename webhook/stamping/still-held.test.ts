import { expect, test } from 'vitest';
import type { StampedGroup } from '../../api/tokens/kinds.ts';
import type { ClaimView, NamespaceView } from '../state/views.ts';
import { countNamespaces, type HoldingsNow, stillHeld } from './still-held.ts';

const stamped = (id: string, ...names: readonly string[]): StampedGroup => ({
  id,
  namespace: id,
  name: id,
  namespaces: names.map((name): [string, string] => [name, `uid-${name}`]),
  owners: [{ kind: 'User', name: 'alice' }],
});

/** Every namespace lives and is claimed by `shop`, but for what a test says. */
const now = (
  part: { uids?: Record<string, string | undefined>; groups?: Record<string, string> } = {},
): HoldingsNow => ({
  namespace: name =>
    part.uids !== undefined && name in part.uids && part.uids[name] === undefined
      ? undefined
      : ({ name, uid: part.uids?.[name] ?? `uid-${name}` } as NamespaceView),
  claim: uid => ({ namespaceUid: uid, groupId: part.groups?.[uid] ?? 'shop' }) as ClaimView,
});

const shop = stamped('shop', 'shop', 'shop-db');

test('T35: what is as it was stays', () => {
  expect(stillHeld([shop], now())).toEqual([shop]);
  expect(countNamespaces([shop, stamped('mail', 'mail')])).toBe(3);
});

test.each<[string, HoldingsNow]>([
  ['made anew', now({ uids: { 'shop-db': 'another' } })],
  ['deleted', now({ uids: { 'shop-db': undefined } })],
  ['given to another group', now({ groups: { 'uid-shop-db': 'mail' } })],
  ['given up', { ...now(), claim: uid => (uid === 'uid-shop-db' ? undefined : now().claim(uid)) }],
])('T35: a namespace that was %s meanwhile is left out, the rest of its group stays', (_, holdings) => {
  expect(stillHeld([shop], holdings)).toEqual([stamped('shop', 'shop')]);
});

test('T35: a group with nothing left is left out, others stay', () => {
  const holdings = now({ uids: { shop: 'another', 'shop-db': undefined } });
  expect(stillHeld([shop, stamped('shop', 'web')], holdings)).toEqual([stamped('shop', 'web')]);
});
