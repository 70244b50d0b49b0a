import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Owner } from '../../api/kinds/group-parts.ts';
import { FakeCluster } from '../../test/fakes/fake-authority.ts';
import { peerView } from '../../test/fakes/fake-cluster-state.ts';
import { judgeOwnership } from './ownership.ts';

const prod = await FakeCluster.create('prod');
const alice = { username: 'alice', groups: ['team-shop'] };

test('a name that fits but was not said to mean the same is not mapped, which is no ownership', () => {
  const owners: Owner[] = [{ kind: 'User', name: 'alice' }];
  expect(judgeOwnership(alice, owners, undefined)).toBe('owner');
  expect(judgeOwnership(alice, owners, peerView(prod))).toBe('notMapped');
  expect(judgeOwnership(alice, owners, peerView(prod, { trustedUsers: ['alice'] }))).toBe('owner');
  expect(judgeOwnership({ username: 'bob' }, owners, peerView(prod, { trustedUsers: ['*'] }))).toBe('notOwner');
});

test('without owners nobody owns', () => {
  expect(judgeOwnership(alice, [], undefined)).toBe('notOwner');
});

const name = fc.oneof(
  fc.constantFrom('alice', 'bob', 'team-shop', 'system:masters', 'system:serviceaccount:ci:deployer', 'deployer'),
  fc.string(),
);
const owner: fc.Arbitrary<Owner> = fc.oneof(
  fc.record({ kind: fc.constantFrom('User' as const, 'Group' as const), name }),
  fc.record({ kind: fc.constant('ServiceAccount' as const), name, namespace: fc.constantFrom('ci', 'dev') }),
);
const requester = fc.record({ username: name, groups: fc.array(name, { maxLength: 3 }) });
const owners = fc.array(owner, { maxLength: 4 });

test('who owns from a peer owns at home too: trust only ever narrows', () => {
  fc.assert(
    fc.property(requester, owners, fc.array(name), fc.array(name), (who, list, trustedUsers, trustedGroups) => {
      const peer = peerView(prod, { trustedUsers, trustedGroups });
      const home = judgeOwnership(who, list, undefined);
      if (judgeOwnership(who, list, peer) === 'owner') expect(home).toBe('owner');
      expect(home).not.toBe('notMapped');
    }),
  );
});

test('from a peer no ServiceAccount and no system: name ever owns, whatever is trusted', () => {
  const system = fc.constantFrom('system:serviceaccount:ci:deployer', 'system:admin', 'system:node:n1');
  fc.assert(
    fc.property(system, owners, (username, list) => {
      const peer = peerView(prod, { trustedUsers: ['*'], trustedGroups: ['*', 'system:*'] });
      const groups = ['system:masters', 'system:serviceaccounts', 'system:authenticated'];
      expect(judgeOwnership({ username, groups }, list, peer)).not.toBe('owner');
    }),
  );
});

test('more owners never take ownership away', () => {
  fc.assert(
    fc.property(requester, owners, owners, (who, some, more) => {
      if (judgeOwnership(who, some, undefined) === 'owner') {
        expect(judgeOwnership(who, [...more, ...some], undefined)).toBe('owner');
      }
    }),
  );
});
