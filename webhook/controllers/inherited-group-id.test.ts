import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ApplicationGroup, ApplicationGroupStatus } from '../../api/kinds/application-group.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { GROUP_VERSION } from '../../api/names.ts';
import { uidOf } from '../../test/fakes/fake-authority.ts';
import { namespaceView } from '../../test/fakes/fake-cluster-state.ts';
import { FakeObjectServer } from '../../test/fakes/fake-object-server.ts';
import type { ClaimView, GroupView } from '../state/views.ts';
import { inheritedGroupId } from './inherited-group-id.ts';

const FORMER = `${uidOf('cluster prod')}/${uidOf('group former')}`;

let server: FakeObjectServer;
let claims: ClaimView[];
/** What the catalogue's copies show. */
let living: GroupView | undefined;

beforeEach(async () => {
  server = await FakeObjectServer.start();
  living = undefined;
  claims = ['shop', 'shop-db'].map(namespace => ({
    namespaceUid: uidOf(`namespace ${namespace}`),
    namespace,
    groupId: FORMER,
    group: { namespace: 'shop', name: 'former' },
  }));
});

afterEach(() => server.stop());

const put = (
  name: string,
  namespaces: readonly string[],
  status?: ApplicationGroupStatus,
  deletionTimestamp?: string,
) => {
  const group: ApplicationGroup = {
    apiVersion: GROUP_VERSION,
    kind: 'ApplicationGroup',
    metadata: { namespace: 'shop', name, ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }) },
    spec: { namespaces: [...namespaces], owners: [{ kind: 'User', name: 'alice' }] },
    ...(status === undefined ? {} : { status }),
  };
  return server.put(OWN.applicationGroups, group);
};

/** What a group with these namespaces inherits, where the catalogue's copies show no living group. */
const inherited = (name: string, namespaces: readonly string[]) =>
  inheritedGroupId(put(name, namespaces), {
    client: server.client,
    state: {
      allClaims: () => claims,
      group: id => (id === living?.id ? living : undefined),
      namespace: each => namespaceView(each),
    },
  });

test('a group continues one that is gone, under any name', async () => {
  expect(await inherited('heir', ['shop', 'shop-db'])).toBe(FORMER);
  expect(await inherited('former', ['shop', 'shop-db', 'more'])).toBe(FORMER);
});

test('what lives of a group that is gone is all that counts: its other namespaces were made anew', async () => {
  claims = claims.map((claim, index) => (index === 0 ? claim : { ...claim, namespaceUid: uidOf('before shop-db') }));
  expect(await inherited('heir', ['shop'])).toBe(FORMER);
  expect(await inherited('heir', ['shop', 'shop-db'])).toBe(FORMER);
});

test('claims of other groups that are gone, to namespaces that it does not name, are none of its business', async () => {
  const [first] = claims;
  if (first === undefined) throw new TypeError('there is no claim');
  const mail = { ...first, namespace: 'mail', namespaceUid: uidOf('namespace mail'), groupId: `${FORMER}0` };
  claims = [mail, ...claims];
  expect(await inherited('heir', ['shop', 'shop-db'])).toBe(FORMER);
});

test('nothing is inherited of a group that lives', async () => {
  living = {
    ...{ id: FORMER, uid: uidOf('group former'), namespace: 'shop', name: 'former', requested: [], claimed: [] },
    ...{ owners: [], deleting: false, ready: true, message: '', points: 0 },
  };
  expect(await inherited('heir', ['shop', 'shop-db'])).toBeUndefined();
});

test('a group that is being deleted is continued', async () => {
  put('former', ['shop', 'shop-db'], { groupID: FORMER }, '2026-03-02T12:00:00Z');
  expect(await inherited('heir', ['shop', 'shop-db'])).toBe(FORMER);
});

test('a part is no continuation', async () => {
  expect(await inherited('heir', ['shop'])).toBeUndefined();
});

test('nor is one of two former groups', async () => {
  claims = claims.map((claim, index) => (index === 0 ? claim : { ...claim, groupId: `${FORMER.slice(0, -1)}0` }));
  expect(await inherited('heir', ['shop', 'shop-db'])).toBeUndefined();
});

test.each<[string, ApplicationGroupStatus | undefined, string | undefined]>([
  ['has claimed and not yet written its status', undefined, undefined],
  ['has the ID', { groupID: FORMER }, undefined],
  ['has another ID', { groupID: `${uidOf('cluster prod')}/${uidOf('group other')}` }, FORMER],
])('a group that the copies do not show yet, but lives and %s', async (_, status, expected) => {
  put('former', ['shop', 'shop-db'], status);
  expect(await inherited('heir', ['shop', 'shop-db'])).toBe(expected);
});
