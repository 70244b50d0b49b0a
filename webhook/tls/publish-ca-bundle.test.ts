import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../api/kinds/object-meta.ts';
import { type ResourceType, resourceType } from '../../api/kubernetes/resource-type.ts';
import { FakeObjectServer } from '../../test/fakes/fake-object-server.ts';
import { publishCaBundle } from './publish-ca-bundle.ts';

interface Configuration extends KubeObject {
  readonly webhooks?: readonly object[];
}

const type = (kind: string, plural: string): ResourceType<Configuration> =>
  resourceType('admissionregistration.k8s.io/v1', kind, plural, false);
const MUTATING = type('MutatingWebhookConfiguration', 'mutatingwebhookconfigurations');
const VALIDATING = type('ValidatingWebhookConfiguration', 'validatingwebhookconfigurations');
const at = { name: 'kubectl-recover' };
const encode = (bundle: string): string => Buffer.from(bundle).toString('base64');

let server: FakeObjectServer;

beforeEach(async () => {
  server = await FakeObjectServer.start();
  put(MUTATING);
  put(VALIDATING);
});

afterEach(() => server.stop());

const webhook = (name: string, caBundle?: string) => ({
  name,
  clientConfig: { service: { name: 'catalogue', path: `/${name}` }, ...(caBundle === undefined ? {} : { caBundle }) },
  failurePolicy: 'Fail',
});

const put = (
  of: ResourceType<Configuration>,
  webhooks: readonly object[] = [webhook('a'), webhook('b', 'old')],
): void => {
  server.put(of, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: of.kind,
    metadata: { ...at, labels: { owner: 'installer' } },
    webhooks,
  });
};

describe('the bundle', () => {
  test('comes into every webhook of both configurations, and nothing else is touched', async () => {
    const before = server.find(MUTATING, at);
    expect(await publishCaBundle(server.client, 'CA')).toEqual([]);
    for (const of of [MUTATING, VALIDATING]) {
      expect(server.find(of, at)?.webhooks).toEqual([webhook('a', encode('CA')), webhook('b', encode('CA'))]);
    }
    const after = server.find(MUTATING, at);
    expect(after?.metadata).toEqual({ ...before?.metadata, resourceVersion: after?.metadata.resourceVersion });
  });

  test('that is there already is not written again', async () => {
    await publishCaBundle(server.client, 'CA');
    const { length } = server.writes;
    await publishCaBundle(server.client, 'CA');
    expect(server.writes).toHaveLength(length);
    await publishCaBundle(server.client, 'CA-2');
    expect(server.writes).toHaveLength(length + 2);
  });

  test('is written by two replicas at once without a quarrel', async () => {
    await Promise.all([publishCaBundle(server.client, 'CA'), publishCaBundle(server.client, 'CA')]);
    expect(server.find(VALIDATING, at)?.webhooks).toEqual([webhook('a', encode('CA')), webhook('b', encode('CA'))]);
  });

  test('takes nothing back that the installer wrote meanwhile', async () => {
    server.meanwhile = ({ method }) => {
      if (method !== 'PUT') return;
      server.meanwhile = () => undefined;
      put(MUTATING, [webhook('a'), webhook('new')]);
    };
    await publishCaBundle(server.client, 'CA');
    expect(server.find(MUTATING, at)?.webhooks).toEqual([webhook('a', encode('CA')), webhook('new', encode('CA'))]);
  });
});

describe('a configuration that is missing', () => {
  test('is told, and the other one is served', async () => {
    server.remove(MUTATING, at);
    expect(await publishCaBundle(server.client, 'CA')).toEqual(['MutatingWebhookConfiguration kubectl-recover']);
    expect(server.find(VALIDATING, at)?.webhooks).toHaveLength(2);
    expect(server.find(MUTATING, at)).toBeUndefined();
  });

  test('since a moment ago is told as well', async () => {
    server.meanwhile = ({ method, url }) => {
      if (method === 'PUT' && url.includes('/validating')) server.remove(VALIDATING, at);
    };
    expect(await publishCaBundle(server.client, 'CA')).toEqual(['ValidatingWebhookConfiguration kubectl-recover']);
  });

  test('in its webhooks has nothing to be told', async () => {
    put(MUTATING, []);
    expect(await publishCaBundle(server.client, 'CA')).toEqual([]);
    expect(server.writes).toHaveLength(1);
  });
});

test.each([403, 500])('an API server that answers %d is an error', async status => {
  server.failure = ({ method }) => (method === 'PUT' ? status : undefined);
  await expect(publishCaBundle(server.client, 'CA')).rejects.toThrow('it failed');
});
