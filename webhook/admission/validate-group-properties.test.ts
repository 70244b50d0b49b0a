import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ApplicationGroup } from '../../api/kinds/application-group.ts';
import { FakeCluster, uidOf } from '../../test/fakes/fake-authority.ts';
import { FakeClusterState, namespaceView } from '../../test/fakes/fake-cluster-state.ts';
import { reviewOf } from '../../test/fakes/review-of.ts';
import { validateGroup } from './validate-group.ts';

/** Who may register, and change, a group: for every set of namespaces, rights, claims and owners. */

const NAMES = ['shop', 'shop-db', 'billing', 'mail', 'web'] as const;
const prod = await FakeCluster.create('prod');
const OWN_ID = `${prod.id}/${uidOf('own')}`;
const OTHER_ID = `${prod.id}/${uidOf('other')}`;

const someNames = fc.uniqueArray(fc.constantFrom(...NAMES), { minLength: 1 });
const anyNames = fc.uniqueArray(fc.constantFrom(...NAMES));

interface World {
  readonly admin: readonly string[];
  readonly claimed: readonly string[];
  readonly annotated: readonly string[];
  readonly before: readonly string[] | undefined;
  readonly after: readonly string[];
  readonly user: string;
}

const PIPELINE = 'system:serviceaccount:ci:deployer';

const world: fc.Arbitrary<World> = fc.record({
  admin: anyNames,
  claimed: anyNames,
  annotated: anyNames,
  before: fc.option(someNames, { nil: undefined }),
  after: someNames,
  user: fc.constantFrom('alice', PIPELINE),
});

const judge = async ({ admin, claimed, annotated, before, after, user }: World) => {
  const state = new FakeClusterState(prod);
  for (const name of NAMES) {
    const view = namespaceView(name, annotated.includes(name) ? { group: 'shop/shop' } : {});
    state.putNamespace(view);
    if (admin.includes(name)) state.admins.add(`${user}/${name}`);
    if (claimed.includes(name)) state.claimFor(view, OTHER_ID);
  }
  state.groups.push({
    ...{ id: OTHER_ID, uid: 'g2', namespace: 'other', name: 'other', requested: [...claimed], claimed: [], owners: [] },
    ...{ deleting: false, ready: true, message: '', points: 0 },
  });
  const groupOf = (namespaces: readonly string[]): ApplicationGroup => ({
    apiVersion: 'kubectl-recover.io/v1alpha1',
    kind: 'ApplicationGroup',
    metadata: { namespace: 'shop', name: 'shop' },
    spec: { namespaces: [...namespaces], owners: [{ kind: 'User', name: 'alice' }] },
    status: { groupID: OWN_ID },
  });
  const request = reviewOf('ApplicationGroup', groupOf(after), {
    namespace: 'shop',
    userInfo: { username: user },
    ...(before === undefined ? {} : { operation: 'UPDATE', oldObject: { ...groupOf(before) } }),
  });
  const copy = structuredClone(request);
  const decision = await validateGroup(request, state);
  expect(await validateGroup(request, state)).toEqual(decision);
  expect(request).toEqual(copy);
  return decision;
};

/** Without a change of namespaces or owners there is nothing to be judged. */
const isChange = ({ before, after }: World): boolean => JSON.stringify(before) !== JSON.stringify(after);

test('nobody takes in or gives up a namespace without being its admin, a pipeline not without its word', async () => {
  await fc.assert(
    fc.asyncProperty(world, async each => {
      const decision = await judge(each);
      const { admin, annotated, user } = each;
      const touched = [...new Set([...(each.before ?? []), ...each.after])];
      const hasRight = (name: string): boolean =>
        admin.includes(name) && (user !== PIPELINE || name === 'shop' || annotated.includes(name));
      if (decision.kind === 'allow' && isChange(each)) expect(touched.filter(name => !hasRight(name))).toEqual([]);
      expect(['allow', 'refuse']).toContain(decision.kind);
    }),
    { numRuns: 500 },
  );
});

test('nobody takes in what another living group has claimed', async () => {
  await fc.assert(
    fc.asyncProperty(world, async each => {
      const decision = await judge({ ...each, admin: NAMES, annotated: NAMES });
      const taken = each.after.filter(name => each.claimed.includes(name));
      expect(decision.kind).toBe(taken.length > 0 && isChange(each) ? 'refuse' : 'allow');
    }),
    { numRuns: 300 },
  );
});

test('less right or more claims never turn a refusal into an admission', async () => {
  await fc.assert(
    fc.asyncProperty(world, anyNames, async (each, names) => {
      const weaker = {
        ...each,
        admin: each.admin.filter(name => !names.some(other => other === name)),
        claimed: [...new Set([...each.claimed, ...names])],
      };
      const [strong, weak] = [await judge(each), await judge(weaker)];
      if (strong.kind === 'refuse') expect(weak.kind).toBe('refuse');
    }),
    { numRuns: 300 },
  );
});

test('an owner whose name begins with system: is refused, whoever asks', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ maxLength: 40 }), async name => {
      const state = new FakeClusterState(prod);
      state.putNamespace(namespaceView('shop'));
      state.admins.add('alice/shop');
      const owners = [{ kind: 'User' as const, name: `system:${name}` }];
      const group = { metadata: { namespace: 'shop', name: 'shop' }, spec: { namespaces: ['shop'], owners } };
      const decision = await validateGroup(reviewOf('ApplicationGroup', group, { namespace: 'shop' }), state);
      expect(decision).toMatchObject({ kind: 'refuse', problems: [{ code: 'OwnerNotAllowed' }] });
    }),
    { numRuns: 100 },
  );
});
