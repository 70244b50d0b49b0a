import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { MAX_FAILURE_LENGTH, MAX_FAILURES } from '../../api/kinds/recovery.ts';
import { VELERO } from '../../api/velero/velero-types.ts';
import { FakeDownloads } from '../../test/fakes/fake-downloads.ts';
import { FakeObjectServer } from '../../test/fakes/fake-object-server.ts';
import { restoreObject } from '../../test/fakes/recovery-objects.ts';
import { restoreFailures } from './restore-failures.ts';

let server: FakeObjectServer;
let bucket: FakeDownloads;

beforeEach(async () => {
  server = await FakeObjectServer.start();
  bucket = await FakeDownloads.start(server);
});

afterEach(async () => {
  bucket.stop();
  await server.stop();
});

const results = (errors: object): void => {
  bucket.files = {
    RestoreResults: gzipSync(JSON.stringify({ errors, warnings: { namespaces: { shop: ['noise'] } } })),
  };
};

const failures = () =>
  restoreFailures({ client: server.client, clock: Date.now }, { metadata: restoreObject({ uid: 'u1' }).metadata });

test('errors of namespaces come first, then those that name none; warnings are none', async () => {
  results({
    velero: ['a plugin is missing'],
    cluster: ['error restoring persistentvolumes/pv-1: forbidden'],
    namespaces: { 'shop-db': ['second'], shop: ['first'] },
  });
  expect(await failures()).toEqual([
    'first',
    'second',
    'error restoring persistentvolumes/pv-1: forbidden',
    'a plugin is missing',
  ]);
  expect(bucket.names).toEqual([restoreObject({ uid: 'u1' }).metadata.name]);
  expect(server.list(VELERO.downloadRequests)).toEqual([]);
});

test('what is said of a Secret may quote it, and is not told', async () => {
  const secret = 'hunter2';
  results({
    namespaces: {
      shop: [
        `error restoring secrets/shop/payment: Secret "payment" is invalid: data: Invalid value:\n"${secret}"`,
        `error restoring pods/shop/web: secret "payment" has no key ${secret}`,
        `error restoring jobs/shop/import: denied:\nsecret "payment" is ${secret}`,
      ],
    },
  });
  expect(await failures()).toEqual([
    'error restoring secrets/shop/payment: not told, since it is of a Secret',
    'error restoring pods/shop/web: secret "payment": not told, since it is of a Secret',
    'error restoring jobs/shop/import: denied:\nsecret "payment": not told, since it is of a Secret',
  ]);
});

test('as many are kept, and as much of each, as a Recovery may hold', async () => {
  results({ namespaces: { shop: Array.from({ length: 30 }, (_, index) => `${index} ${'x'.repeat(1_000)}`) } });
  const told = await failures();
  expect(told).toHaveLength(MAX_FAILURES);
  expect(told.every(({ length }) => length === MAX_FAILURE_LENGTH)).toBe(true);
});

test.each<[string, () => void]>([
  ['are not there', () => undefined],
  ['are something else', () => results({ namespaces: { shop: [1] } })],
])('results that %s are an error, and leave no DownloadRequest behind', async (_, given) => {
  given();
  await expect(failures()).rejects.toThrow();
  expect(server.list(VELERO.downloadRequests)).toEqual([]);
});
