import { beforeEach, describe, expect, test } from 'vitest';
import { type StampClaims, stampToken } from '../../api/tokens/kinds.ts';
import { signToken } from '../../api/tokens/sign-token.ts';
import { FakeCluster, NOW, secondsFromNow, uidOf } from '../../test/fakes/fake-authority.ts';
import { namespaceView } from '../../test/fakes/fake-cluster-state.ts';
import { RecoveryScenario } from '../../test/fakes/recovery-scenario.ts';
import { START_TIME, stampClaims } from '../../test/fakes/sample-claims.ts';
import type { BackupView } from '../state/views.ts';
import { stampOfBackup } from './stamp-of-backup.ts';

let scenario: RecoveryScenario;

beforeEach(async () => {
  scenario = await RecoveryScenario.create();
});

const stamp = (part: Partial<BackupView> = {}): StampClaims | undefined => {
  const { state, here, backup } = scenario;
  return stampOfBackup({
    backup: { ...backup, ...part },
    cluster: here.cluster,
    groups: state.groups,
    claims: [...state.claims.values()],
    namespace: name => state.namespace(name),
    now: NOW,
  });
};

const held = (part: Partial<BackupView> = {}): (readonly [string, readonly string[]])[] =>
  (stamp(part)?.groups ?? []).map(({ name, namespaces }) => [name, namespaces.map(([each]) => each)]);

/** Another group, with one namespace that lives and is claimed. */
const addGroup = (name: string): string => {
  const id = `${scenario.here.id}/${uidOf(`group ${name}`)}`;
  const namespace = namespaceView(name);
  scenario.state.groups.push({
    id,
    uid: uidOf(`group ${name}`),
    namespace: name,
    name,
    requested: [name],
    claimed: [],
    owners: [{ kind: 'Group', name: `team-${name}` }],
    deleting: false,
    ready: true,
    message: '',
    points: 0,
  });
  scenario.state.putNamespace(namespace);
  scenario.state.claimFor(namespace, id);
  return id;
};

test('a stamp says which backup it is of, and which namespaces of which groups it holds', () => {
  const sample = stampClaims(scenario.here);
  expect(stamp()).toEqual({
    ...sample,
    iat: secondsFromNow(0),
    jti: expect.stringMatching(/^[0-9a-f]{32}$/),
    record: { uid: 'b1', location: 'default' },
  });
});

test('two stamps never have the same name', () => {
  expect(stamp()?.jti).not.toBe(stamp()?.jti);
});

test('a stamp can be signed as it is', async () => {
  addGroup('billing');
  const claims = stamp();
  if (claims === undefined) throw new TypeError('there is no stamp');
  const { stampKey } = await FakeCluster.create('any');
  await expect(signToken(stampToken, claims, stampKey)).resolves.toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
});

test('since when a copy is the active one is in the stamp, if it is', () => {
  expect(stamp()?.groups[0]).not.toHaveProperty('activeSince');
  const activeSince = '2026-03-02T10:00:00Z';
  scenario.state.groups = scenario.state.groups.map(group => ({ ...group, activeSince }));
  expect(stamp()?.groups[0]).toHaveProperty('activeSince', activeSince);
});

test('destinations of a group are in the stamp, if it has any', () => {
  expect(stamp()?.groups[0]).not.toHaveProperty('destinations');
  for (const destinations of [[], [{ cloud: 'aws', region: 'eu-west-1' }]]) {
    scenario.state.groups = scenario.state.groups.map(group => ({ ...group, destinations }));
    expect(stamp()?.groups[0]?.destinations).toEqual(destinations);
  }
});

describe('a stamp holds', () => {
  test('every group that the backup takes something of', () => {
    addGroup('billing');
    expect(held()).toEqual([
      ['shop', ['shop', 'shop-db']],
      ['billing', ['billing']],
    ]);
  });

  test.each<[string, Partial<BackupView>, unknown]>([
    ['only what the backup takes', { selection: { includedNamespaces: ['shop'] } }, [['shop', ['shop']]]],
    ['nothing that it leaves out', { selection: { excludedNamespaces: ['shop'] } }, [['shop', ['shop-db']]]],
    ['nothing of a group that it takes nothing of', { selection: { includedNamespaces: ['billing'] } }, []],
  ])('%s', (_, part, expected) => {
    expect(held(part)).toEqual(expected);
  });

  test.each<[string, () => void, unknown]>([
    ['no namespace that is gone', () => scenario.state.namespaces.delete('shop'), [['shop', ['shop-db']]]],
    [
      'no namespace that was made anew since it was claimed',
      () => scenario.state.putNamespace(namespaceView('shop', { uid: uidOf('shop, the second') })),
      [['shop', ['shop-db']]],
    ],
    [
      'no namespace that is not claimed, whatever the group asks for or has claimed before',
      () => scenario.state.claims.delete(uidOf('namespace shop')),
      [['shop', ['shop-db']]],
    ],
    [
      'a namespace for the group that claims it',
      () => scenario.state.claimFor(namespaceView('shop-db'), addGroup('billing')),
      [
        ['shop', ['shop']],
        ['billing', ['billing', 'shop-db']],
      ],
    ],
    [
      'no group that is being deleted',
      () => {
        scenario.state.groups = scenario.state.groups.map(group => ({ ...group, deleting: true }));
      },
      [],
    ],
    [
      'no group that is not settled',
      () => {
        scenario.state.groups = scenario.state.groups.map(({ id, ...group }) => {
          expect(id).toBe(scenario.groupId);
          return group;
        });
      },
      [],
    ],
    [
      'no claim of a group that is gone',
      () => {
        scenario.state.groups = [];
      },
      [],
    ],
  ])('%s', (_, change, expected) => {
    change();
    expect(held()).toEqual(expected);
  });

  test('namespaces sorted, whatever order the claims are in', () => {
    const claims = [...scenario.state.claims].toReversed();
    scenario.state.claims.clear();
    for (const [uid, claim] of claims) scenario.state.claims.set(uid, claim);
    expect(held()).toEqual([['shop', ['shop', 'shop-db']]]);
  });
});

describe('there is no stamp', () => {
  test.each([
    {},
    { startTimestamp: null },
    { startTimestamp: '' },
  ])('for a backup with status %j: it has not begun', status => {
    expect(stamp({ status })).toBeUndefined();
  });

  test('for a backup that holds no group', () => {
    expect(stamp({ selection: { includedNamespaces: ['default'] } })).toBeUndefined();
    expect(stamp({ status: { startTimestamp: START_TIME } })).toBeDefined();
  });
});
