import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Stored } from '../../api/kinds/object-meta.ts';
import { ANNOTATIONS } from '../../api/names.ts';
import { type StampClaims, stampToken } from '../../api/tokens/kinds.ts';
import { type SigningKey, signToken } from '../../api/tokens/sign-token.ts';
import { verifyToken } from '../../api/tokens/verify-token.ts';
import { type Backup, VELERO } from '../../api/velero/velero-types.ts';
import { FakeCluster, keysOf, NOW, uidOf } from '../../test/fakes/fake-authority.ts';
import { LiveCatalogue, VELERO_USERNAME } from '../../test/fakes/live-catalogue.ts';
import { backupView } from '../cluster/cluster-caches.ts';
import type { Decision, PatchOperation } from './decision.ts';
import { mutateStamp } from './mutate-stamp.ts';
import type { AdmissionRequest } from './review.ts';

const START = '2026-03-02T12:00:00Z';
const PATH = `/metadata/annotations/${ANNOTATIONS.stamp.replace('/', '~1')}`;
const NOTHING: Decision = { kind: 'mutate', patch: [] };

let catalogue: LiveCatalogue;
let username: string;
let object: Backup;
/** What keys of the cluster have said of those after them. */
let statements: readonly string[];
/** Instead of the key of the cluster. */
let signingKey: (() => SigningKey) | undefined;

beforeEach(async () => {
  catalogue = await LiveCatalogue.create();
  catalogue.putGroup('shop', { namespaces: ['shop', 'shop-db'] });
  username = VELERO_USERNAME;
  statements = [];
  signingKey = undefined;
  // What Velero sends as it begins; the API server still has what was there before.
  object = backup({ phase: 'InProgress', startTimestamp: START });
  putLive(backup({ phase: 'New' }));
});

afterEach(() => catalogue.stop());

const backup = (status: Backup['status'], metadata: Partial<Backup['metadata']> = {}): Backup => ({
  apiVersion: 'velero.io/v1',
  kind: 'Backup',
  metadata: { namespace: 'velero', name: 'nightly-1', uid: 'b1', annotations: { note: 'x' }, ...metadata },
  spec: { includedNamespaces: ['*'], storageLocation: 'default' },
  ...(status === undefined ? {} : { status }),
});

const putLive = (live: Backup): void => {
  catalogue.server.put(VELERO.backups, live);
};

const review = (): AdmissionRequest => ({
  uid: 'review-1',
  operation: 'UPDATE',
  kind: { group: 'velero.io', version: 'v1', kind: 'Backup' },
  userInfo: { username },
  object: { ...object },
});

const decide = (): Promise<Decision> => {
  const { server, state, cluster, log, metrics } = catalogue;
  const clock = () => NOW.getTime();
  const keys = { signingKey: () => signingKey?.() ?? cluster.stampKey, statements: () => statements };
  return mutateStamp({ client: server.client, state, ...keys, log, metrics, clock })(review());
};

const patchedValue = (operation: PatchOperation | undefined): unknown =>
  operation?.op === 'remove' ? undefined : operation?.value;

const stampIn = (decision: Decision): unknown =>
  patchedValue(decision.kind === 'mutate' ? decision.patch[0] : undefined);

const claimsOf = (stamp: unknown) =>
  verifyToken(stampToken, String(stamp), { key: keysOf([catalogue.cluster], 'Stamp'), now: NOW });

describe('succession statements', () => {
  beforeEach(() => catalogue.follow());

  test.each<[string, Backup['metadata']['annotations'] | undefined]>([
    ['with', { note: 'x' }],
    ['without', undefined],
  ])('travel beside the stamp, on a backup %s annotations', async (_, annotations) => {
    statements = ['one', 'two'];
    const { annotations: _before, ...metadata } = object.metadata;
    object = { ...object, metadata: { ...metadata, ...(annotations ? { annotations } : {}) } };
    const decision = await decide();
    const [first, second] = decision.kind === 'mutate' ? decision.patch : [];
    const added =
      patchedValue(second) ?? (patchedValue(first) as Record<string, unknown> | undefined)?.[ANNOTATIONS.keySuccession];
    expect(added).toBe('one two');
  });

  test('are not there where no key was rotated', async () => {
    expect(JSON.stringify(await decide())).not.toContain('key-succession');
  });

  test('do not travel without a stamp', async () => {
    statements = ['one'];
    object = { ...object, spec: { includedNamespaces: ['other'] } };
    putLive({ ...object, status: { phase: 'New' } });
    expect(await decide()).toEqual(NOTHING);
  });
});

describe('a Backup of Velero’s that begins', () => {
  test('gets a stamp of this cluster about itself and the groups it takes', async () => {
    await catalogue.follow();
    const decision = await decide();
    expect(decision).toEqual({ kind: 'mutate', patch: [{ op: 'add', path: PATH, value: expect.any(String) }] });
    expect(await claimsOf(stampIn(decision))).toMatchObject({
      iss: catalogue.cluster.urn,
      backup: { name: 'nightly-1', startTime: START },
      record: { uid: 'b1', location: 'default' },
      groups: [{ id: catalogue.groupId('shop'), name: 'shop', owners: [{ kind: 'User', name: 'alice' }] }],
    });
    expect(await catalogue.stampsCounted('stamped')).toBe(1);
  });

  test('counts as stamped by the catalogue that reads it', async () => {
    await catalogue.follow();
    const stamp = String(stampIn(await decide()));
    const stamped = { ...object, metadata: { ...object.metadata, annotations: { [ANNOTATIONS.stamp]: stamp } } };
    const verdict = await catalogue.state.stampOf(
      backupView({
        ...stamped,
        metadata: { ...stamped.metadata, uid: 'b1', resourceVersion: '1', creationTimestamp: START },
      }),
    );
    expect(verdict.outcome).toBe('valid');
  });

  test('without annotations gets them', async () => {
    const { annotations, ...metadata } = object.metadata;
    object = { ...object, metadata };
    await catalogue.follow();
    expect(annotations).toBeDefined();
    expect(await decide()).toEqual({
      kind: 'mutate',
      patch: [{ op: 'add', path: '/metadata/annotations', value: { [ANNOTATIONS.stamp]: expect.any(String) } }],
    });
  });

  test('that brings a stamp gets a true one instead', async () => {
    object = { ...object, metadata: { ...object.metadata, annotations: { [ANNOTATIONS.stamp]: 'preset' } } };
    await catalogue.follow();
    const decision = await decide();
    expect(decision).toMatchObject({ patch: [{ op: 'add', path: PATH }] });
    expect((await claimsOf(stampIn(decision))).backup.name).toBe('nightly-1');
  });

  test.each(['New', '', undefined, 'Queued', 'ReadyToStart'])('from phase %s is stamped', async phase => {
    putLive(backup(phase === undefined ? undefined : { phase }));
    await catalogue.follow();
    expect(stampIn(await decide())).toBeDefined();
  });
});

/** Each is stamped without the flaw, as the first test shows, and no stamp is given away with it. */
describe('no stamp', () => {
  test.each<[string, () => void]>([
    [
      'for another user than Velero’s',
      () => {
        username = 'alice';
      },
    ],
    [
      'for Velero’s account of a namespace that nobody confirmed',
      () => {
        username = 'system:serviceaccount:velero-2:velero';
      },
    ],
    ['where no Velero was confirmed', () => catalogue.putIdentity('self', {})],
    [
      'for a Backup that has not begun',
      () => {
        object = backup({ phase: 'New' });
      },
    ],
    [
      'for one that has ended',
      () => {
        object = backup({ phase: 'Completed', startTimestamp: START });
      },
    ],
    [
      'for one without status',
      () => {
        object = backup(undefined);
      },
    ],
    ['for one that the API server has not', () => catalogue.server.remove(VELERO.backups, object.metadata)],
    [
      'for one of another name than any here',
      () => {
        object = backup(object.status, { name: 'nightly-2' });
      },
    ],
    [
      'for one of another UID: it was made anew',
      () => {
        object = backup(object.status, { uid: 'b2' });
      },
    ],
    ['for one that is under way already', () => putLive(backup({ phase: 'InProgress', startTimestamp: START }))],
    ['for one that is done', () => putLive(backup({ phase: 'Completed', startTimestamp: START }))],
    ['for one that is being deleted', () => putLive(backup({ phase: 'Deleting' }))],
  ])('%s', async (_, flaw) => {
    flaw();
    await catalogue.follow();
    expect(await decide()).toEqual(NOTHING);
    expect(await catalogue.stampsCounted('stamped')).toBe(0);
    expect(await catalogue.stampsCounted('failed')).toBe(0);
  });

  test('for one that holds no group, which is counted', async () => {
    object = { ...object, spec: { includedNamespaces: ['billing'] } };
    await catalogue.follow();
    expect(await decide()).toEqual(NOTHING);
    expect(await catalogue.stampsCounted('no_groups')).toBe(1);
  });
});

describe('a backup is never held up', () => {
  test('where there is no sight of the cluster', async () => {
    expect(await decide()).toEqual(NOTHING);
    expect(await catalogue.stampsCounted('failed')).toBe(1);
  });

  test('where sight of the cluster is lost', async () => {
    await catalogue.follow();
    catalogue.nowMs += 200_000;
    expect(await decide()).toEqual(NOTHING);
    expect(await catalogue.stampsCounted('failed')).toBe(1);
  });

  test.each([500, 403, 429])('where the API server answers %d', async status => {
    await catalogue.follow();
    catalogue.server.failure = ({ url }) => (url.endsWith('/backups/nightly-1') ? status : undefined);
    expect(await decide()).toEqual(NOTHING);
    expect(await catalogue.stampsCounted('failed')).toBe(1);
  });

  test('where the API server hangs up', async () => {
    await catalogue.follow();
    catalogue.server.isHeld = ({ url }) => url.endsWith('/backups/nightly-1');
    const decision = decide();
    while (!catalogue.server.api.requests.some(({ url }) => url.endsWith('/backups/nightly-1'))) {
      await new Promise(setImmediate);
    }
    catalogue.server.api.cut();
    expect(await decision).toEqual(NOTHING);
  });

  test('where the stamp would be too large', async () => {
    const owners = Array.from({ length: 64 }, (_, index) => `${index}`.padEnd(500, 'x'));
    for (let index = 0; index < 5; index += 1) catalogue.putGroup(`group-${index}`, { owners });
    await catalogue.follow();
    expect(await decide()).toEqual(NOTHING);
    expect(await catalogue.stampsCounted('too_large')).toBe(1);
  });

  test('where the catalogue has no key to sign with, which is counted as a failure of its own', async () => {
    await catalogue.follow();
    signingKey = () => {
      throw new TypeError('no key');
    };
    expect(await decide()).toEqual(NOTHING);
    expect(await catalogue.stampsCounted('failed')).toBe(1);
    expect(await catalogue.stampsCounted('too_large')).toBe(0);
  });

  test('where the object is not as expected', async () => {
    await catalogue.follow();
    object = JSON.parse('{"status":{"phase":"InProgress"}}') as Backup;
    expect(await decide()).toEqual(NOTHING);
  });
});

describe('T35: a Backup whose content has been read', () => {
  type Groups = StampClaims['groups'];

  /** Stamped as it began, with what `was` says that held then; now Velero says that all is read. */
  const ends = async (
    was: (groups: Groups) => Groups,
    key = catalogue.cluster.stampKey,
    from = 'InProgress',
  ): Promise<void> => {
    await catalogue.follow();
    const claims = await claimsOf(stampIn(await decide()));
    const stamp = await signToken(stampToken, { ...claims, groups: was(claims.groups) }, key);
    const annotations = { note: 'x', [ANNOTATIONS.stamp]: stamp };
    putLive(backup({ phase: from, startTimestamp: START }, { annotations }));
    object = backup({ phase: 'Finalizing', startTimestamp: START }, { annotations });
  };
  const swapped =
    (...names: readonly string[]) =>
    (groups: Groups): Groups =>
      groups.map(group => ({
        ...group,
        namespaces: group.namespaces.map(([name, uid]): [string, string] => [
          name,
          names.includes(name) ? uidOf(`${name} as it was`) : uid,
        ]),
      }));
  const asItWas = (groups: Groups): Groups => groups;

  test('keeps its stamp if all is as it was', async () => {
    await ends(asItWas);
    expect(await decide()).toEqual(NOTHING);
    expect(await catalogue.stampsCounted('narrowed')).toBe(0);
  });

  test.each([
    'Finalizing',
    'FinalizingPartiallyFailed',
  ])('in phase %s is not said to hold a namespace that was made anew meanwhile', async phase => {
    await ends(swapped('shop-db'));
    object = { ...object, status: { ...object.status, phase } };
    const { groups, backup: about } = await claimsOf(stampIn(await decide()));
    expect(groups.map(({ namespaces }) => namespaces.map(([name]) => name))).toEqual([['shop']]);
    expect(about).toMatchObject({ name: 'nightly-1', startTime: START });
    expect(await catalogue.stampsCounted('narrowed')).toBe(1);
  });

  test.each([
    'WaitingForPluginOperations',
    'WaitingForPluginOperationsPartiallyFailed',
  ])('is looked at again from phase %s too', async from => {
    await ends(swapped('shop-db'), catalogue.cluster.stampKey, from);
    const { groups } = await claimsOf(stampIn(await decide()));
    expect(groups.map(({ namespaces }) => namespaces.map(([name]) => name))).toEqual([['shop']]);
  });

  test('has no stamp any more if nothing holds', async () => {
    await ends(swapped('shop', 'shop-db'));
    expect(await decide()).toEqual({ kind: 'mutate', patch: [{ op: 'remove', path: PATH }] });
  });

  test('is signed anew only if its stamp was ours', async () => {
    await ends(swapped('shop-db'), catalogue.cluster.grantKey);
    expect(await decide()).toEqual(NOTHING);
  });

  test('is not signed anew by what was said of it when it was adopted', async () => {
    await ends(swapped('shop-db'));
    const claims = await claimsOf(object.metadata.annotations?.[ANNOTATIONS.stamp]);
    const adoption = { kind: 'Adopted', by: 'operator' } as const;
    const adopted = await catalogue.cluster.issueAdoptedStamp({ ...claims, adoption });
    object = { ...object, metadata: { ...object.metadata, annotations: { [ANNOTATIONS.adoptedStamp]: adopted } } };
    expect(await catalogue.state.stampOf(backupView(object as Stored<Backup>))).toMatchObject({ outcome: 'valid' });
    expect(await decide()).toEqual(NOTHING);
  });

  test('keeps the stamp of a peer, which speaks of its own namespaces', async () => {
    const peer = await FakeCluster.create('peer');
    catalogue.putIdentity('peer', { clusterID: peer.id, keys: peer.publicKeys() });
    await ends(swapped('shop-db'));
    const claims = await claimsOf(object.metadata.annotations?.[ANNOTATIONS.stamp]);
    const stamp = await peer.issueStamp({ ...claims, iss: peer.urn, cluster: peer.cluster });
    object = { ...object, metadata: { ...object.metadata, annotations: { [ANNOTATIONS.stamp]: stamp } } };
    expect(await catalogue.state.stampOf(backupView(object as Stored<Backup>))).toMatchObject({ outcome: 'valid' });
    expect(await decide()).toEqual(NOTHING);
  });

  test.each(['New', 'Finalizing', 'Completed'])('that the API server has in phase %s is left alone', async phase => {
    await ends(swapped('shop-db'));
    putLive(backup({ phase, startTimestamp: START }));
    expect(await decide()).toEqual(NOTHING);
  });
});

test('a group that came a moment ago is in the stamp', async () => {
  await catalogue.follow();
  const seen = Promise.withResolvers<void>();
  catalogue.caches.groups.onChange(() => seen.resolve());
  catalogue.putGroup('billing');
  await seen.promise;
  const { groups } = await claimsOf(stampIn(await decide()));
  expect(groups.map(({ name }) => name)).toEqual(['shop', 'billing']);
});

test('a namespace counts by its claim, not by what a group asks for', async () => {
  catalogue.putNamespace('billing');
  catalogue.putBareGroup('mallory', {
    spec: { namespaces: ['shop', 'billing'], owners: [{ kind: 'User', name: 'mallory' }] },
    status: { groupID: catalogue.groupId('mallory') },
  });
  catalogue.putClaim('shop-db', catalogue.groupId('gone'), uidOf('shop-db, the first'));
  await catalogue.follow();
  const { groups } = await claimsOf(stampIn(await decide()));
  expect(groups.map(({ name, namespaces }) => [name, namespaces.map(([each]) => each)])).toEqual([
    ['shop', ['shop', 'shop-db']],
  ]);
});
