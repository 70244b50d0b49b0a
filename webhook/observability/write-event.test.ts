import { afterEach, beforeEach, expect, test } from 'vitest';
import { isAlreadyExists } from '../../api/kubernetes/api-error.ts';
import { CORE } from '../../api/kubernetes/core-types.ts';
import { resourceType } from '../../api/kubernetes/resource-type.ts';
import { NOW } from '../../test/fakes/fake-authority.ts';
import { FakeObjectServer } from '../../test/fakes/fake-object-server.ts';
import { type EventInput, writeEvent } from './write-event.ts';

const events = resourceType('v1', 'Event', 'events', true);
let server: FakeObjectServer;

beforeEach(async () => {
  server = await FakeObjectServer.start();
});

afterEach(() => server.stop());

const input = (part: Partial<EventInput> = {}): EventInput => ({
  name: 'shop.1',
  about: {
    apiVersion: 'kubectl-recover.io/v1alpha1',
    kind: 'ApplicationGroup',
    metadata: { namespace: 'shop', name: 'shop', uid: 'u1' },
  },
  reason: 'RecoverySucceeded',
  message: 'all is back',
  type: 'Normal',
  now: NOW,
  ...part,
});

test('an Event lies beside what it is about, as kubectl describe looks for it', async () => {
  await writeEvent(server.client, input());
  expect(server.find(events, { namespace: 'shop', name: 'shop.1' })).toMatchObject({
    apiVersion: 'v1',
    kind: 'Event',
    reason: 'RecoverySucceeded',
    message: 'all is back',
    type: 'Normal',
    involvedObject: {
      apiVersion: 'kubectl-recover.io/v1alpha1',
      kind: 'ApplicationGroup',
      namespace: 'shop',
      name: 'shop',
      uid: 'u1',
    },
    firstTimestamp: NOW.toISOString(),
    lastTimestamp: NOW.toISOString(),
    count: 1,
    source: { component: 'kubectl-recover' },
  });
  expect(server.list(CORE.namespaces)).toEqual([]);
});

test('a long message is cut to what fits into an Event', async () => {
  await writeEvent(server.client, input({ message: 'x'.repeat(5_000) }));
  expect(server.find(events, { namespace: 'shop', name: 'shop.1' })).toHaveProperty('message', 'x'.repeat(1_024));
});

test('a name is written once: the Event of the first one stays', async () => {
  await writeEvent(server.client, input());
  const again = writeEvent(server.client, input({ message: 'something else' }));
  await expect(again).rejects.toSatisfy(isAlreadyExists);
  expect(server.list(events)).toMatchObject([{ message: 'all is back' }]);
});
