import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../api/kinds/object-meta.ts';
import { CORE } from '../../api/kubernetes/core-types.ts';
import { OWN, resourceType } from '../../api/kubernetes/resource-type.ts';
import { ANNOTATIONS, GROUP_VERSION, LABELS } from '../../api/names.ts';
import { FakeObjectServer } from '../../test/fakes/fake-object-server.ts';
import { releaseUnused } from './release-unused.ts';

const HASH = 'a-recovery';
const NOW = Date.parse('2026-03-02T12:10:00Z');

let server: FakeObjectServer;

beforeEach(async () => {
  server = await FakeObjectServer.start();
});

afterEach(async () => {
  await server.stop();
});

interface NamespacePart {
  readonly mark?: string;
  readonly reservedBy?: string;
  readonly created?: string;
  readonly deletionTimestamp?: string;
}

/** A namespace that was reserved, with its claim. */
const put = (name: string, part: NamespacePart = {}): void => {
  const { mark = HASH, reservedBy = HASH, created = '2026-03-02T12:00:00Z', deletionTimestamp } = part;
  const uid = `uid-of-${name}`;
  server.put(CORE.namespaces, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name,
      uid,
      creationTimestamp: created,
      labels: { [LABELS.recovering]: mark },
      annotations: { [ANNOTATIONS.reservedBy]: reservedBy },
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    },
  });
  server.put(OWN.namespaceClaims, {
    apiVersion: GROUP_VERSION,
    kind: 'NamespaceClaim',
    metadata: { name: uid },
    spec: { namespace: name, groupID: 'g', group: { namespace: 'shop', name: 'shop' } },
  });
};

const release = () => releaseUnused({ client: server.client, hash: HASH, clock: () => NOW });
const isThere = (name: string) => [
  server.find(CORE.namespaces, { name }) !== undefined,
  server.find(OWN.namespaceClaims, { name: `uid-of-${name}` }) !== undefined,
];

const CONTENT = [
  ['v1', 'Pod', 'pods'],
  ['v1', 'PersistentVolumeClaim', 'persistentvolumeclaims'],
  ['apps/v1', 'Deployment', 'deployments'],
  ['apps/v1', 'StatefulSet', 'statefulsets'],
  ['apps/v1', 'DaemonSet', 'daemonsets'],
] as const;

test('T47: an empty namespace that was made for the recovery goes, and its claim with it', async () => {
  put('shop-new');
  // Somebody else's, elsewhere.
  for (const [apiVersion, kind, plural] of CONTENT) {
    const type = resourceType<KubeObject>(apiVersion, kind, plural, true);
    server.put(type, { apiVersion, kind, metadata: { namespace: 'mail', name: 'of-somebody' } });
  }
  expect(await release()).toEqual([]);
  expect(isThere('shop-new')).toEqual([false, false]);
  expect(await release()).toEqual([]);
});

describe('T47: what stays', () => {
  test.each<[string, NamespacePart]>([
    ['one that was there before', { reservedBy: 'an-earlier-recovery' }],
    ['one whose mark another recovery has taken over', { mark: 'a-later-recovery' }],
  ])('%s is none of its business', async (_, part) => {
    put('shop', part);
    expect(await release()).toEqual([]);
    expect(isThere('shop')).toEqual([true, true]);
  });

  test('one that has stood for an hour, in which anything may have happened', async () => {
    put('shop-new', { created: '2026-03-02T11:10:00Z' });
    expect(await release()).toEqual(['shop-new']);
    expect(isThere('shop-new')).toEqual([true, true]);
  });

  test.each(CONTENT)('one with a %s %s in it', async (apiVersion, kind, plural) => {
    put('shop-new');
    const type = resourceType<KubeObject>(apiVersion, kind, plural, true);
    server.put(type, { apiVersion, kind, metadata: { namespace: 'shop-new', name: 'of-somebody' } });
    expect(await release()).toEqual(['shop-new']);
    expect(isThere('shop-new')).toEqual([true, true]);
  });

  test('one that somebody changes between our look and our deletion', async () => {
    put('shop-new');
    server.meanwhile = ({ method }) => {
      if (method !== 'DELETE') return;
      server.meanwhile = () => undefined;
      put('shop-new');
    };
    expect(await release()).toEqual(['shop-new']);
    expect(isThere('shop-new')).toEqual([true, true]);
  });

  test('one that a policy keeps; another failure is thrown, to be tried again', async () => {
    put('shop-new');
    server.failure = ({ method }) => (method === 'DELETE' ? 403 : undefined);
    expect(await release()).toEqual(['shop-new']);
    server.failure = ({ method }) => (method === 'DELETE' ? 500 : undefined);
    await expect(release()).rejects.toThrow();
    expect(isThere('shop-new')).toEqual([true, true]);
  });
});

test('a crash between the two deletions is made good while the namespace ends', async () => {
  put('shop-new', { deletionTimestamp: '2026-03-02T12:09:00Z' });
  expect(await release()).toEqual([]);
  expect(isThere('shop-new')).toEqual([true, false]);
  expect(server.writes).toHaveLength(1);
});
