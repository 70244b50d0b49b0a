import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ApplicationGroup, ApplicationGroupStatus } from '../../api/kinds/application-group.ts';
import { findCondition } from '../../api/kinds/condition.ts';
import type { Requester } from '../../api/kinds/requester.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { ANNOTATIONS, GROUP_VERSION } from '../../api/names.ts';
import { FakeCluster, NOW, uidOf } from '../../test/fakes/fake-authority.ts';
import { FakeClusterState, namespaceView, peerView } from '../../test/fakes/fake-cluster-state.ts';
import { FakeObjectServer } from '../../test/fakes/fake-object-server.ts';
import { stampedBackup } from '../../test/fakes/stamped-backup.ts';
import type { FormerGroup } from '../requests/former-groups.ts';
import type { BackupView, ClaimView } from '../state/views.ts';
import { reconcileGroup } from './reconcile-group.ts';
import { type RegisteredAs, registeredAsAnnotation } from './registered-as.ts';

/** alice, admin of both, registers `shop/shop` with namespaces `shop` and `shop-db`. */

const here = await FakeCluster.create('here');
const dr = await FakeCluster.create('dr');
const AT = { namespace: 'shop', name: 'shop' } as const;
const UID = uidOf('group object');
const NEW_ID = `${here.id}/${UID}`;
const FORMER_ID = `${here.id}/${uidOf('group shop')}`;
const OTHER_ID = `${here.id}/${uidOf('group other')}`;
const SINCE = '2026-03-02T10:00:00Z';
const liveUid = (name: string): string => uidOf(`namespace ${name}`);
const deadUid = (name: string): string => uidOf(`namespace ${name}, before`);

let server: FakeObjectServer;
let state: FakeClusterState & { allClaims(): ClaimView[] };
let backups: BackupView[];
let former: FormerGroup[];

beforeEach(async () => {
  server = await FakeObjectServer.start();
  const fake = new FakeClusterState(here);
  state = Object.assign(fake, { allClaims: () => [...fake.claims.values()] });
  backups = [];
  former = [];
  for (const name of ['shop', 'shop-db']) {
    state.putNamespace(namespaceView(name));
    state.admins.add(`alice/${name}`);
  }
});

afterEach(() => server.stop());

interface GroupPart {
  readonly namespaces?: readonly string[];
  readonly status?: ApplicationGroupStatus;
  readonly requester?: Requester | null;
  readonly registered?: RegisteredAs;
  readonly deletionTimestamp?: string;
}

const put = ({
  namespaces = ['shop', 'shop-db'],
  requester = { username: 'alice' },
  ...part
}: GroupPart = {}): void => {
  const group: ApplicationGroup = {
    apiVersion: GROUP_VERSION,
    kind: 'ApplicationGroup',
    metadata: {
      ...AT,
      uid: UID,
      annotations: {
        ...(requester === null ? {} : { [ANNOTATIONS.requester]: JSON.stringify(requester) }),
        ...(part.registered === undefined ? {} : registeredAsAnnotation(part.registered)),
      },
      ...(part.deletionTimestamp === undefined ? {} : { deletionTimestamp: part.deletionTimestamp }),
    },
    spec: { namespaces: [...namespaces], owners: [{ kind: 'User', name: 'alice' }] },
    ...(part.status === undefined ? {} : { status: part.status }),
  };
  server.put(OWN.applicationGroups, group);
};

interface ClaimPart {
  readonly uid?: string;
  readonly group?: { readonly namespace: string; readonly name: string };
}

const storeClaim = (
  namespace: string,
  groupID: string,
  { uid = liveUid(namespace), group = AT }: ClaimPart = {},
): void => {
  server.put(OWN.namespaceClaims, {
    apiVersion: GROUP_VERSION,
    kind: 'NamespaceClaim',
    metadata: { name: uid },
    spec: { namespace, groupID, group },
  });
};

/** A claim as it is stored and as the catalogue's copies show it. */
const putClaim = (namespace: string, groupId: string, part: ClaimPart = {}): void => {
  const { uid = liveUid(namespace), group = AT } = part;
  storeClaim(namespace, groupId, part);
  state.claims.set(uid, { namespaceUid: uid, namespace, groupId, group });
};

const reconcile = () =>
  reconcileGroup({
    ...{ client: server.client, state, log: pino({ level: 'silent' }) },
    backupsOf: () => backups,
    formerGroups: async () => former,
    clock: () => NOW.getTime(),
  })(`${AT.namespace}/${AT.name}`);

const status = (): ApplicationGroupStatus => server.find(OWN.applicationGroups, AT)?.status ?? {};
const ready = () => findCondition(status().conditions, 'Ready');
/** Namespaces and IDs of what is claimed. */
const claims = () => server.list(OWN.namespaceClaims).map(({ spec }) => [spec.namespace, spec.groupID]);
const claimOf = (uid: string) => server.find(OWN.namespaceClaims, { name: uid })?.spec;

describe('a new group', () => {
  test('gets an ID of its own and the namespaces that it names', async () => {
    put();
    expect(await reconcile()).toEqual({});
    expect(status()).toMatchObject({
      groupID: NEW_ID,
      namespaces: [
        { name: 'shop', uid: liveUid('shop') },
        { name: 'shop-db', uid: liveUid('shop-db') },
      ],
      points: 0,
    });
    expect(ready()).toMatchObject({ status: 'True', reason: 'Claimed' });
    expect(claims()).toEqual([
      ['shop', NEW_ID],
      ['shop-db', NEW_ID],
    ]);
    expect(claimOf(liveUid('shop'))?.group).toEqual(AT);
  });

  test('is written once, as long as nothing changes', async () => {
    put();
    await reconcile();
    for (const { metadata, spec } of server.list(OWN.namespaceClaims)) {
      putClaim(spec.namespace, spec.groupID, { uid: metadata.name });
    }
    const writes = server.writes.length;
    await reconcile();
    expect(server.writes).toHaveLength(writes);
  });

  test.each([
    ['is gone', () => server.remove(OWN.applicationGroups, AT)],
    ['is being deleted', () => put({ deletionTimestamp: NOW.toISOString() })],
  ])('that %s claims nothing', async (_, given) => {
    put();
    given();
    expect(await reconcile()).toEqual({});
    expect(server.writes).toEqual([]);
  });
});

describe('a group that only a stamp tells of', () => {
  beforeEach(() => {
    former = [
      {
        group: {
          ...{ id: FORMER_ID, ...AT, owners: [{ kind: 'User', name: 'alice' }] },
          namespaces: ['shop', 'shop-db'].map((name): [string, string] => [name, liveUid(name)]),
        },
        cluster: here.cluster,
        stamp: { jti: uidOf('stamp'), startTime: NOW.toISOString() },
      },
    ];
  });

  test('has its ID again, and its namespaces', async () => {
    put();
    await reconcile();
    expect(status()).toMatchObject({ groupID: FORMER_ID });
    expect(claims()).toEqual([
      ['shop', FORMER_ID],
      ['shop-db', FORMER_ID],
    ]);
  });

  test.each<[string, () => void]>([
    ['whose requester is not told', () => put({ requester: null })],
    [
      'whose requester is not admin of each',
      () => {
        put();
        state.admins.delete('alice/shop-db');
      },
    ],
  ])('is not one %s', async (_, given) => {
    given();
    await reconcile();
    expect(status()).toMatchObject({ groupID: NEW_ID });
  });
});

describe('a namespace is not the group’s', () => {
  test.each<[string, string, () => void]>([
    [
      'NamespaceClaimed',
      'that another group holds',
      () => {
        putClaim('shop-db', OTHER_ID, { group: { namespace: 'web', name: 'web' } });
        state.groups.push({
          ...{ id: OTHER_ID, uid: uidOf('group other'), namespace: 'web', name: 'web', requested: [], claimed: [] },
          ...{ owners: [], deleting: false, ready: true, message: '', points: 0 },
        });
      },
    ],
    [
      'NamespaceClaimed',
      'that another group claims at that moment',
      () => {
        // The catalogue's copies do not show it yet.
        server.meanwhile = ({ method, body }) => {
          if (method === 'POST' && body.includes('shop-db')) storeClaim('shop-db', OTHER_ID);
        };
      },
    ],
    ['NamespaceAdminRequired', 'of which who registered it is no admin', () => state.admins.delete('alice/shop-db')],
    ['NamespaceNotFound', 'that does not exist', () => state.namespaces.delete('shop-db')],
    ['RequestInvalid', 'where nobody says who registered it', () => put({ requester: null })],
    [
      'NamespaceRecreated',
      'that went with a group before it, of whose points nobody says that they are its owner’s',
      () => {
        putClaim('shop-db', FORMER_ID, { uid: deadUid('shop-db') });
        put({ status: { groupID: FORMER_ID } });
      },
    ],
  ])('%s: %s', async (code, _, given) => {
    put();
    given();
    expect(await reconcile()).toEqual({ againInMs: 30_000 });
    expect(ready()).toMatchObject({ status: 'False', reason: code });
    expect(status().namespaces?.map(({ name }) => name)).not.toContain('shop-db');
    expect(claimOf(liveUid('shop-db'))?.groupID).not.toBe(status().groupID);
  });

  test('where the claim cannot be made for the moment, nothing is said of it', async () => {
    put();
    server.failure = ({ method }) => (method === 'POST' ? 500 : undefined);
    await expect(reconcile()).rejects.toMatchObject({ statusCode: 500 });
    expect(status()).toEqual({});
  });

  test('but one is that only another group lost, or that this one lost under another name', async () => {
    putClaim('shop-db', OTHER_ID, { uid: deadUid('shop-db') });
    putClaim('gone', FORMER_ID, { uid: deadUid('gone') });
    put({ status: { groupID: FORMER_ID } });
    await reconcile();
    expect(ready()).toMatchObject({ status: 'True' });
    expect(claimOf(liveUid('shop-db'))?.groupID).toBe(FORMER_ID);
  });

  test('but one that the same group claims at that moment, on another replica, is', async () => {
    put();
    server.meanwhile = ({ method }) => {
      if (method === 'POST') for (const name of ['shop', 'shop-db']) putClaim(name, NEW_ID);
    };
    await reconcile();
    expect(ready()).toMatchObject({ status: 'True' });
  });
});

describe('a namespace that was deleted', () => {
  const held = (name: string) => ({ name, uid: deadUid(name) });

  beforeEach(() => {
    putClaim('shop', FORMER_ID);
    putClaim('shop-db', FORMER_ID, { uid: deadUid('shop-db') });
  });

  test('stays the group’s, which held it: its points do', async () => {
    state.namespaces.delete('shop-db');
    put({ status: { groupID: FORMER_ID, namespaces: [held('shop-db')] } });
    await reconcile();
    expect(ready()).toMatchObject({ status: 'False', reason: 'NamespaceNotFound' });
    expect(status().namespaces).toContainEqual(held('shop-db'));
  });

  test('and made anew is another one, which nobody but an owner links to it', async () => {
    put({ status: { groupID: FORMER_ID, namespaces: [held('shop-db')] } });
    await reconcile();
    expect(ready()).toMatchObject({ status: 'False', reason: 'NamespaceRecreated' });
    expect(ready()?.message).toContain('kubectl recover group claim shop');
    expect(status().namespaces).toContainEqual(held('shop-db'));
    expect(claimOf(liveUid('shop-db'))).toBeUndefined();
  });

  test.each([
    ['alice', true],
    ['bob', false],
  ])('is that of a group that continues it, if %s owned it when it was stamped: %s', async (owner, isOwn) => {
    const namespaces: [string, string][] = [['shop-db', deadUid('shop-db')]];
    backups = [await stampedBackup(here, { group: { namespaces, owners: [{ kind: 'User', name: owner }] } })];
    put({ status: { groupID: FORMER_ID } });
    await reconcile();
    expect(
      status()
        .namespaces?.map(({ uid }) => uid)
        .includes(deadUid('shop-db')),
    ).toBe(isOwn);
  });

  test('is not that of a group whose registration says of nobody who made it', async () => {
    backups = [await stampedBackup(here, { group: { namespaces: [['shop-db', deadUid('shop-db')]] } })];
    put({ status: { groupID: FORMER_ID }, requester: null });
    await reconcile();
    expect(status().namespaces).not.toContainEqual(held('shop-db'));
  });
});

describe('a namespace that the group does not name any more', () => {
  const namespaces = ['shop', 'shop-db'].map(name => ({ name, uid: liveUid(name) }));

  const drop = async (): Promise<void> => {
    put({ namespaces: ['shop'], status: { groupID: NEW_ID, namespaces } });
    await reconcile();
  };

  test('is free', async () => {
    for (const name of ['shop', 'shop-db']) putClaim(name, NEW_ID);
    await drop();
    expect(claims()).toEqual([['shop', NEW_ID]]);
  });

  test.each<[string, () => void]>([
    ['another group has', () => putClaim('shop-db', OTHER_ID)],
    [
      'a registration of another namespace has',
      () => putClaim('shop-db', NEW_ID, { group: { namespace: 'web', name: 'shop' } }),
    ],
    [
      'a registration of another name has',
      () => putClaim('shop-db', NEW_ID, { group: { namespace: 'shop', name: 'web' } }),
    ],
    [
      'is gone: it is a tombstone',
      () => {
        putClaim('shop-db', NEW_ID);
        state.namespaces.delete('shop-db');
      },
    ],
    [
      'was made anew: the one before is a tombstone',
      () => {
        putClaim('shop-db', NEW_ID);
        state.putNamespace(namespaceView('shop-db', { uid: uidOf('anew') }));
      },
    ],
    ['it was recovered into, and never named', () => putClaim('copy', NEW_ID)],
  ])('keeps the claim that %s', async (_, given) => {
    state.putNamespace(namespaceView('copy'));
    putClaim('shop', NEW_ID);
    given();
    const before = claims();
    await drop();
    expect(claims()).toEqual(before);
  });
});

describe('a group that continues one that is gone', () => {
  const former = { namespace: 'shop', name: 'former' } as const;

  beforeEach(() => {
    for (const name of ['shop', 'shop-db']) putClaim(name, FORMER_ID, { group: former });
  });

  test.each([
    former,
    { namespace: 'web', name: 'shop' },
  ])('has its ID, and its claims follow it from $namespace/$name', async group => {
    for (const name of ['shop', 'shop-db']) putClaim(name, FORMER_ID, { group });
    put();
    await reconcile();
    expect(status().groupID).toBe(FORMER_ID);
    expect(claimOf(liveUid('shop'))).toEqual({ namespace: 'shop', groupID: FORMER_ID, group: AT });
    expect(ready()).toMatchObject({ status: 'True' });
    expect(status().activeSince).toBeUndefined();
  });

  test('has been active since its last own stamp says so', async () => {
    const says = (activeSince?: string) => ({ group: activeSince === undefined ? {} : { activeSince } });
    state.peers = [peerView(dr, { speaksFor: [here.id] })];
    backups = [
      await stampedBackup(here, { name: 'one', ...says('2026-03-01T10:00:00Z') }),
      await stampedBackup(here, { name: 'two', ...says(SINCE) }),
      await stampedBackup(here, { name: 'three', ...says() }),
      await stampedBackup(dr, { name: 'four', home: here, ...says('2026-03-02T11:00:00Z') }),
      await stampedBackup(here, { name: 'five', group: { id: OTHER_ID, activeSince: '2026-03-02T11:00:00Z' } }),
    ];
    put();
    await reconcile();
    expect(status().activeSince).toBe(SINCE);
  });

  test('leaves claims of other groups alone', async () => {
    putClaim('mail', OTHER_ID, { group: former });
    put();
    await reconcile();
    expect(claimOf(liveUid('mail'))?.group).toEqual(former);
  });

  test.each([
    { namespace: 'shop', name: 'heir' },
    { namespace: 'web', name: 'former' },
  ])('gives way to $namespace/$name, which took a claim over a moment ago', async heir => {
    put();
    server.meanwhile = ({ method, url }) => {
      if (method === 'GET' && url.includes('namespaceclaims')) storeClaim('shop', FORMER_ID, { group: heir });
    };
    await expect(reconcile()).rejects.toThrow('taken over a moment ago');
    expect(claimOf(liveUid('shop'))?.group).toEqual(heir);
    expect(status()).toEqual({});
  });

  test('takes a claim over only as it was read', async () => {
    put();
    server.meanwhile = ({ method }) => {
      if (method === 'PATCH') putClaim('shop', FORMER_ID, { group: { namespace: 'web', name: 'heir' } });
    };
    await expect(reconcile()).rejects.toMatchObject({ reason: 'Conflict' });
    expect(status()).toEqual({});
  });
});

describe('a group that the catalogue registered', () => {
  const registered = { groupID: FORMER_ID, activeSince: SINCE };

  test('has that ID from when its namespaces are held', async () => {
    for (const name of ['shop', 'shop-db']) putClaim(name, FORMER_ID, { group: { namespace: 'web', name: 'web' } });
    put({ registered, status: { groupID: OTHER_ID } });
    await reconcile();
    expect(status()).toMatchObject({ groupID: FORMER_ID, activeSince: SINCE });
    expect(claimOf(liveUid('shop'))?.group).toEqual(AT);
  });

  test.each<[string, () => void]>([
    ['is another group’s', () => putClaim('shop-db', OTHER_ID)],
    ['is nobody’s', () => undefined],
    ['is gone', () => state.namespaces.delete('shop-db')],
  ])('has not, as long as one of them %s', async (_, given) => {
    putClaim('shop', FORMER_ID);
    given();
    put({ registered });
    await expect(reconcile()).rejects.toThrow('is not held by');
    expect(status()).toEqual({});
  });

  test('keeps the ID that it has, whatever becomes of its namespaces', async () => {
    state.namespaces.delete('shop-db');
    put({ registered, status: { groupID: FORMER_ID } });
    await reconcile();
    expect(status().groupID).toBe(FORMER_ID);
  });
});

describe('what is told of a group', () => {
  test('are the points that this cluster stamped, and the newest of them', async () => {
    state.peers = [peerView(dr, { speaksFor: [here.id] })];
    const broken = await stampedBackup(here, { name: 'broken', startTime: '2026-03-02T08:00:00Z' });
    backups = [
      await stampedBackup(here, { name: 'old', startTime: '2026-03-01T03:00:00Z' }),
      await stampedBackup(here, { name: 'new', startTime: '2026-03-02T03:00:00Z' }),
      await stampedBackup(dr, { name: 'of-dr', home: here, startTime: '2026-03-02T09:00:00Z' }),
      { ...broken, stamp: `${broken.stamp}x` },
    ];
    put();
    await reconcile();
    expect(status()).toMatchObject({ points: 2, newestPoint: { name: 'new', time: '2026-03-02T03:00:00Z' } });
  });

  test('is that another cluster holds the active copy', async () => {
    state.peers = [peerView(dr, { name: 'dr', speaksFor: [here.id] })];
    backups = [await stampedBackup(dr, { home: here, group: { activeSince: SINCE } })];
    put({ status: { groupID: FORMER_ID } });
    await reconcile();
    expect(findCondition(status().conditions, 'ActiveElsewhere')).toMatchObject({ status: 'True' });
  });

  test('keeps the ID and since when it is active, once it has them', async () => {
    put({ status: { groupID: FORMER_ID, activeSince: SINCE } });
    await reconcile();
    expect(status()).toMatchObject({ groupID: FORMER_ID, activeSince: SINCE });
  });
});
