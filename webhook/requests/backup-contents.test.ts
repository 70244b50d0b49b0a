import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { digestOf } from '../../api/digest.ts';
import type { KubeObject } from '../../api/kinds/object-meta.ts';
import { comparedForm } from '../../api/velero/compared-form.ts';
import { VELERO } from '../../api/velero/velero-types.ts';
import { contentOf } from '../../test/fakes/backup-content.ts';
import { FakeDownloads } from '../../test/fakes/fake-downloads.ts';
import { FakeObjectServer } from '../../test/fakes/fake-object-server.ts';
import type { BackupView } from '../state/views.ts';
import { BackupContents } from './backup-contents.ts';

const backup = { uid: 'u1', namespace: 'velero', name: 'nightly' } as BackupView;

const LIST = {
  'v1/ConfigMap': ['shop/settings', 'billing/ledger', 'shop/empty'],
  'v1/Secret': ['shop/payment'],
  'v1/Pod': ['shop/web-1', 'shop/job-1'],
  'v1/PersistentVolumeClaim': ['shop/data'],
  'v1/PersistentVolume': ['pv-1'],
};

const settings = {
  ...{ apiVersion: 'v1', kind: 'ConfigMap', data: { motd: 'welcome' } },
  metadata: { name: 'settings', namespace: 'shop', labels: { app: 'web' } },
};
const object = (kind: string, name: string, rest: object = {}) =>
  JSON.stringify({ apiVersion: 'v1', kind, metadata: { name, namespace: 'shop' }, ...rest });

const CONTENTS = {
  'metadata/version': '1.1.0',
  'resources/configmaps/namespaces/shop/settings.json': JSON.stringify(settings),
  'resources/configmaps/v1-preferredversion/namespaces/shop/settings.json': '{"kind":"Other"}',
  'resources/configmaps/namespaces/billing/ledger.json': 'not even JSON',
  'resources/secrets/namespaces/shop/payment.json': object('Secret', 'payment', { data: { key: 'aHVudGVyMg==' } }),
  'resources/pods/namespaces/shop/web-1.json': JSON.stringify({
    ...{ apiVersion: 'v1', kind: 'Pod', status: { phase: 'Running' } },
    metadata: {
      name: 'web-1',
      namespace: 'shop',
      annotations: {
        'post.hook.restore.velero.io/command': '["/bin/migrate"]',
        'pre.hook.backup.velero.io/command': 'x',
      },
    },
  }),
  'resources/pods/namespaces/shop/job-1.json': object('Pod', 'job-1', { status: { phase: 'Succeeded' } }),
  'resources/persistentvolumeclaims/namespaces/shop/data.json': object('PersistentVolumeClaim', 'data', {
    spec: { resources: { requests: { storage: '5Gi' } } },
  }),
};

const contentOfFiles = (files: Readonly<Record<string, string>>): Buffer =>
  contentOf(...Object.entries(files).map(([name, content]) => ({ name, content })));

let server: FakeObjectServer;
let bucket: FakeDownloads;
let isCurrent: boolean;

beforeEach(async () => {
  server = await FakeObjectServer.start();
  bucket = await FakeDownloads.start(server, {
    BackupResourceList: gzipSync(JSON.stringify(LIST)),
    BackupContents: contentOfFiles(CONTENTS),
  });
  isCurrent = true;
});

afterEach(async () => {
  bucket.stop();
  await server.stop();
});

const contents = () => new BackupContents({ client: server.client, clock: Date.now }, () => isCurrent);

describe('what a backup holds of a namespace', () => {
  test('is told with what a plan needs, and without a name of another namespace', async () => {
    const { objects, contentsRead } = await contents().of(backup, ['shop']);
    expect(contentsRead).toBe(true);
    expect(objects).toEqual([
      { type: 'v1/ConfigMap', namespace: 'shop', name: 'empty' },
      {
        ...{ type: 'v1/ConfigMap', namespace: 'shop', name: 'settings', labels: { app: 'web' } },
        digest: digestOf(comparedForm(settings)),
      },
      {
        ...{ type: 'v1/PersistentVolumeClaim', namespace: 'shop', name: 'data', storage: '5Gi', labels: {} },
        digest: expect.stringMatching(/^sha256:/),
      },
      {
        ...{ type: 'v1/Pod', namespace: 'shop', name: 'job-1', ended: true, labels: {} },
        digest: expect.stringMatching(/^sha256:/),
      },
      {
        ...{ type: 'v1/Pod', namespace: 'shop', name: 'web-1', hooks: ['post.hook.restore.velero.io/command'] },
        ...{ digest: expect.stringMatching(/^sha256:/), labels: {} },
      },
      { type: 'v1/Secret', namespace: 'shop', name: 'payment', labels: {} },
    ]);
    expect(JSON.stringify(objects)).not.toMatch(/billing|ledger|hunter|aHVu|migrate|welcome/);
  });

  test('tells what makes an object, and what Velero passes by', async () => {
    const controller = { controller: true, apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-1' };
    const metadata = (name: string, rest: object = {}) => ({ metadata: { name, namespace: 'shop', ...rest } });
    const token = { annotations: { 'kubernetes.io/service-account.name': 'web' } };
    const type = 'kubernetes.io/service-account-token';
    const written: readonly [string, string, object][] = [
      ['pods', 'Pod', metadata('web-1-x', { ownerReferences: [controller] })],
      ['pods', 'Pod', metadata('static', { annotations: { 'kubernetes.io/config.mirror': 'x' } })],
      ['services', 'Service', { ...metadata('web'), spec: { selector: { app: 'web' } } }],
      ['services', 'Service', { ...metadata('outside'), spec: { ports: [] } }],
      ['endpoints', 'Endpoints', metadata('web')],
      ['endpoints', 'Endpoints', metadata('outside')],
      ['secrets', 'Secret', { type, ...metadata('web-token-abcde', token) }],
      ['secrets', 'Secret', { type, ...metadata('for-ci', token) }],
      ['secrets', 'Secret', { type: 'Opaque', ...metadata('web-token-mine', token) }],
    ];
    const list: Record<string, string[]> = {};
    const content: Record<string, string> = {};
    for (const [plural, kind, fields] of written) {
      const { name } = (fields as ReturnType<typeof metadata>).metadata;
      const path = `resources/${plural}/namespaces/shop/${name}.json`;
      list[`v1/${kind}`] = [...(list[`v1/${kind}`] ?? []), `shop/${name}`];
      content[path] = JSON.stringify({ apiVersion: 'v1', kind, ...fields });
    }
    bucket.files = { BackupResourceList: gzipSync(JSON.stringify(list)), BackupContents: contentOfFiles(content) };

    const { objects } = await contents().of(backup, ['shop']);

    expect(objects.map(({ name, maker, skipped }) => [name, skipped ?? maker?.type])).toEqual([
      ['outside', undefined],
      ['web', 'v1/Service'],
      ['static', 'MirrorPod'],
      ['web-1-x', 'apps/v1/ReplicaSet'],
      ['for-ci', undefined],
      ['web-token-abcde', 'GeneratedToken'],
      ['web-token-mine', undefined],
      ['outside', undefined],
      ['web', undefined],
    ]);
  });

  test('tells a digest without replicas of what an autoscaler scales', async () => {
    const deployment = (name: string) => ({
      kind: 'Deployment',
      metadata: { name },
      spec: { replicas: 2, paused: true },
    });
    const target = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
    const written: Readonly<Record<string, object>> = {
      'deployments.apps/namespaces/shop/web': { apiVersion: 'apps/v1', ...deployment('web') },
      'deployments.apps/namespaces/shop/api': { apiVersion: 'apps/v1', ...deployment('api') },
      'horizontalpodautoscalers.autoscaling/namespaces/shop/web': {
        ...{ apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler' },
        ...{ metadata: { name: 'web' }, spec: { scaleTargetRef: target } },
      },
    };
    const content = Object.entries(written).map(([path, object]) => [`resources/${path}.json`, JSON.stringify(object)]);
    bucket.files = {
      BackupResourceList: gzipSync('{"apps/v1/Deployment":["shop/api","shop/web"]}'),
      BackupContents: contentOfFiles(Object.fromEntries(content)),
    };

    const { objects } = await contents().of(backup, ['shop']);

    const { spec: _, ...web } = { apiVersion: 'apps/v1', ...deployment('web') };
    const unscaled = digestOf(comparedForm({ ...web, spec: { paused: true } } as KubeObject));
    expect(objects.map(object => [object.name, object.unscaled])).toEqual([
      ['api', undefined],
      ['web', unscaled],
    ]);
  });

  test('takes its DownloadRequests back', async () => {
    await contents().of(backup, ['shop']);
    expect(server.list(VELERO.downloadRequests)).toEqual([]);
  });

  test('is fetched once for all who ask', async () => {
    const known = contents();
    await Promise.all([known.of(backup, ['shop', 'shop-db']), known.of(backup, ['shop-db', 'shop'])]);
    await known.of(backup, ['shop', 'shop-db']);
    expect(bucket.downloads.toSorted()).toEqual(['BackupContents', 'BackupResourceList']);
    await known.of({ ...backup, uid: 'u2' }, ['shop', 'shop-db']);
    expect(bucket.downloads).toHaveLength(4);
  });

  test('is not kept where it failed', async () => {
    const known = contents();
    bucket.files['BackupContents'] = 503;
    await expect(known.of(backup, ['shop'])).rejects.toThrow('HTTP 503');
    bucket.files['BackupContents'] = contentOfFiles(CONTENTS);
    expect((await known.of(backup, ['shop'])).objects).toHaveLength(6);
  });

  test('is not told of a backup that was replaced meanwhile', async () => {
    isCurrent = false;
    await expect(contents().of(backup, ['shop'])).rejects.toThrow('replaced');
  });

  test.each<[string, Record<string, Buffer>]>([
    ['a list that is none', { BackupResourceList: gzipSync('{"v1/ConfigMap":"shop/settings"}') }],
    ['a list that is no JSON', { BackupResourceList: gzipSync('<html>') }],
    ['contents that are no archive', { BackupContents: Buffer.from('<html>') }],
    ['contents that are cut off', { BackupContents: contentOfFiles(CONTENTS).subarray(0, 200) }],
  ])('is not guessed from %s', async (_, change) => {
    Object.assign(bucket.files, change);
    await expect(contents().of(backup, ['shop'])).rejects.toThrow();
  });
});
