import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RecoveryTarget } from '../../api/kinds/recovery.ts';
import { CORE, type Namespace } from '../../api/kubernetes/core-types.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { ANNOTATIONS, GROUP_VERSION, LABELS } from '../../api/names.ts';
import { codeOf } from '../../test/fakes/code-of.ts';
import { uidOf } from '../../test/fakes/fake-authority.ts';
import { FakeObjectServer } from '../../test/fakes/fake-object-server.ts';
import { releaseTargets, reserveTargets } from './reserve-targets.ts';

const HASH = 'this-recovery';
const GROUP_ID = 'the-group';
const GROUP = { namespace: 'shop', name: 'shop' } as const;

let server: FakeObjectServer;
let labels: Record<string, string>;
/** Hashes of the recoveries that run. */
let running: string[];

beforeEach(async () => {
  server = await FakeObjectServer.start();
  labels = {};
  running = [HASH];
});

afterEach(() => server.stop());

const put = (name: string, metadata: Partial<Namespace['metadata']> = {}) =>
  server.put(CORE.namespaces, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, uid: uidOf(`namespace ${name}`), ...metadata },
  });

const putClaim = (uid: string, groupID: string) =>
  server.put(OWN.namespaceClaims, {
    apiVersion: GROUP_VERSION,
    kind: 'NamespaceClaim',
    metadata: { name: uid },
    spec: { namespace: 'shop', groupID, group: GROUP },
  });

/** A target that was absent when it was validated. */
const absent = (name: string): RecoveryTarget => ({ source: name, name, reserved: true });
/** A target that was there, as the namespace that `put` stores. */
const present = (name: string): RecoveryTarget => ({
  source: name,
  name,
  reserved: false,
  uid: uidOf(`namespace ${name}`),
});

const reserve = (...targets: RecoveryTarget[]) =>
  reserveTargets({
    client: server.client,
    hash: HASH,
    groupId: GROUP_ID,
    group: GROUP,
    targets,
    labels,
    isRunning: hash => running.includes(hash),
  });

const find = (name: string) => server.find(CORE.namespaces, { name });
const markOf = (name: string) => find(name)?.metadata.labels?.[LABELS.recovering];

describe('an absent target', () => {
  test('is made with the mark and the labels of policy, says for whom, and is claimed for the group', async () => {
    labels = { team: 'shop' };
    const reservation = await reserve(absent('shop'));
    const made = find('shop');
    const uid = made?.metadata.uid ?? '';
    expect(made?.metadata.labels).toEqual({ team: 'shop', [LABELS.recovering]: HASH });
    expect(made?.metadata.annotations).toEqual({ [ANNOTATIONS.reservedBy]: HASH });
    expect(server.find(OWN.namespaceClaims, { name: uid })?.spec).toEqual({
      namespace: 'shop',
      groupID: GROUP_ID,
      group: GROUP,
    });
    expect(reservation).toEqual({ outcome: 'reserved', targets: [{ ...absent('shop'), uid }] });
  });

  test('carries the mark, whatever a policy asks for', async () => {
    labels = { [LABELS.recovering]: 'another' };
    await reserve(absent('shop'));
    expect(markOf('shop')).toBe(HASH);
  });

  test('that this recovery made before a crash is taken up, claimed or not', async () => {
    const first = await reserve(absent('shop'));
    expect(await reserve(absent('shop'))).toEqual(first);
    server.remove(OWN.namespaceClaims, { name: find('shop')?.metadata.uid ?? '' });
    expect(await reserve(absent('shop'))).toEqual(first);
    expect(server.list(OWN.namespaceClaims)).toHaveLength(1);
  });

  test.each<[string, Partial<Namespace['metadata']>]>([
    ['somebody', {}],
    ['another recovery', { annotations: { [ANNOTATIONS.reservedBy]: 'another-recovery' } }],
    ['somebody who copies the mark', { labels: { [LABELS.recovering]: HASH } }],
  ])('NamespaceTaken: whose name %s took meanwhile', async (_, metadata) => {
    const before = put('shop', metadata);
    expect(await codeOf(() => reserve(absent('shop')))).toBe('NamespaceTaken');
    expect(find('shop')).toEqual(before);
    expect(server.list(OWN.namespaceClaims)).toEqual([]);
  });

  test('NamespaceTaken: that another group claimed meanwhile', async () => {
    const { metadata } = put('shop', { annotations: { [ANNOTATIONS.reservedBy]: HASH } });
    putClaim(metadata.uid, 'another-group');
    expect(await codeOf(() => reserve(absent('shop')))).toBe('NamespaceTaken');
    expect(markOf('shop')).toBeUndefined();
  });

  test.each(['namespaces', 'namespaceclaims'])('is not taken for reserved where %s cannot be made', async plural => {
    server.failure = ({ method, url }) => (method === 'POST' && url.includes(plural) ? 403 : undefined);
    await expect(reserve(absent('shop'))).rejects.toMatchObject({ statusCode: 403 });
  });
});

describe('a target that is there', () => {
  test('is marked as it was validated, and neither claimed nor said to be made', async () => {
    put('shop', { labels: { team: 'shop' } });
    expect(await reserve(present('shop'))).toEqual({ outcome: 'reserved', targets: [present('shop')] });
    expect(find('shop')?.metadata.labels).toEqual({ team: 'shop', [LABELS.recovering]: HASH });
    expect(find('shop')?.metadata.annotations).toBeUndefined();
    expect(server.list(OWN.namespaceClaims)).toEqual([]);
  });

  test('NamespaceTaken: that is another namespace than was validated', async () => {
    put('shop', { uid: uidOf('made anew') });
    expect(await codeOf(() => reserve(present('shop')))).toBe('NamespaceTaken');
    expect(markOf('shop')).toBeUndefined();
  });

  test('is never made', async () => {
    await expect(reserve(present('shop'))).rejects.toMatchObject({ reason: 'NotFound' });
    expect(server.writes).toEqual([]);
  });

  test('is marked only as it was read: what somebody else marked meanwhile stays', async () => {
    put('shop');
    server.meanwhile = ({ method }) => {
      if (method === 'PATCH') put('shop', { labels: { [LABELS.recovering]: 'another-recovery' } });
    };
    await expect(reserve(present('shop'))).rejects.toMatchObject({ reason: 'Conflict' });
    expect(markOf('shop')).toBe('another-recovery');
  });
});

describe('a target that another recovery has', () => {
  test('is waited for as long as that one runs, and taken over after', async () => {
    put('shop', { labels: { [LABELS.recovering]: 'another-recovery' } });
    running.push('another-recovery');
    expect(await reserve(present('shop'))).toEqual({ outcome: 'busy', namespace: 'shop' });
    expect(markOf('shop')).toBe('another-recovery');
    running = [HASH];
    expect(await reserve(present('shop'))).toMatchObject({ outcome: 'reserved' });
    expect(markOf('shop')).toBe(HASH);
  });

  test.each([
    ['made', absent('shop')],
    ['there', present('shop')],
  ])('and that ends, %s, is waited for', async (_, target) => {
    put('shop', {
      deletionTimestamp: '2026-03-02T12:00:00Z',
      annotations: { [ANNOTATIONS.reservedBy]: HASH },
    });
    expect(await reserve(target)).toEqual({ outcome: 'busy', namespace: 'shop' });
    expect(server.writes.filter(write => !write.endsWith('/api/v1/namespaces'))).toEqual([]);
  });

  test('is asked for in the order of names, so that no two wait for each other', async () => {
    for (const name of ['a', 'b', 'c']) put(name);
    put('b', { labels: { [LABELS.recovering]: 'another-recovery' } });
    running.push('another-recovery');
    expect(await reserve(present('c'), present('b'), present('a'))).toEqual({ outcome: 'busy', namespace: 'b' });
    expect([markOf('a'), markOf('c')]).toEqual([HASH, undefined]);
  });
});

describe('at the end', () => {
  test('the mark is taken off wherever this recovery set it, and nowhere else', async () => {
    put('shop', { labels: { team: 'shop', [LABELS.recovering]: HASH } });
    put('mail', { labels: { [LABELS.recovering]: 'another-recovery' } });
    await releaseTargets(server.client, HASH);
    expect(find('shop')?.metadata.labels).toEqual({ team: 'shop' });
    expect(markOf('mail')).toBe('another-recovery');
  });

  test('a namespace that ends is left alone', async () => {
    put('shop', { labels: { [LABELS.recovering]: HASH }, deletionTimestamp: '2026-03-02T12:00:00Z' });
    await releaseTargets(server.client, HASH);
    expect(server.writes).toEqual([]);
  });

  test('a mark that another recovery set meanwhile stays', async () => {
    put('shop', { labels: { [LABELS.recovering]: HASH } });
    server.meanwhile = ({ method }) => {
      if (method === 'PATCH') put('shop', { labels: { [LABELS.recovering]: 'another-recovery' } });
    };
    await expect(releaseTargets(server.client, HASH)).rejects.toMatchObject({ reason: 'Conflict' });
    expect(markOf('shop')).toBe('another-recovery');
  });
});
