import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { KubeObject } from '../../api/kinds/object-meta.ts';
import { resourceType } from '../../api/kubernetes/resource-type.ts';
import { ANNOTATIONS } from '../../api/names.ts';
import { VELERO } from '../../api/velero/velero-types.ts';
import { NOW, uidOf } from '../../test/fakes/fake-authority.ts';
import { FakeObjectServer } from '../../test/fakes/fake-object-server.ts';
import { restoreObject } from '../../test/fakes/recovery-objects.ts';
import { createMetrics, type Metrics } from '../observability/metrics.ts';
import { isUnreportedBypass, reportBypass } from './report-bypass.ts';

interface Event extends KubeObject {
  readonly reason: string;
  readonly message: string;
}

const events = resourceType<Event>('v1', 'Event', 'events', true);
const AT = { namespace: 'velero', name: 'by-hand' } as const;

let server: FakeObjectServer;
let metrics: Metrics;

beforeEach(async () => {
  server = await FakeObjectServer.start();
  metrics = createMetrics();
});

afterEach(() => server.stop());

const newReplica = () =>
  reportBypass({ client: server.client, log: pino({ level: 'silent' }), metrics, clock: () => NOW.getTime() });

const report = (key = 'velero/by-hand') => newReplica()(key);

const put = (annotations: Readonly<Record<string, string>>, uid = uidOf('restore')) =>
  server.put(VELERO.restores, {
    apiVersion: 'velero.io/v1',
    kind: 'Restore',
    metadata: { ...AT, uid, annotations },
    spec: restoreObject({}).spec,
  });

const putBypass = (uid?: string) => put({ [ANNOTATIONS.bypassReason]: 'INC-42', other: 'kept' }, uid);

const annotations = () => server.find(VELERO.restores, AT)?.metadata.annotations;
const counted = async (): Promise<number> => (await metrics.bypasses.get()).values[0]?.value ?? 0;

/** What came of it: Events, the count, and whether the Restore says so. */
const state = async () => ({
  events: server.list(events).length,
  counted: await counted(),
  isMarked: annotations()?.[ANNOTATIONS.bypassReported] === 'true',
});

const TOLD_ONCE = { events: 1, counted: 1, isMarked: true };

describe('a Restore by break-glass', () => {
  test('is told by a warning on it, with the reason, and says that it was told', async () => {
    putBypass();
    expect(await report()).toEqual({});
    expect(server.list(events)).toMatchObject([
      {
        metadata: { namespace: 'velero', name: `bypass.${uidOf('restore')}` },
        reason: 'BreakGlass',
        type: 'Warning',
        message: expect.stringMatching(/^made at 2026-03-02T12:00:00Z past the checks, because: INC-42$/),
        involvedObject: { apiVersion: 'velero.io/v1', kind: 'Restore', ...AT, uid: uidOf('restore') },
      },
    ]);
    expect(annotations()).toEqual({
      [ANNOTATIONS.bypassReason]: 'INC-42',
      [ANNOTATIONS.bypassReported]: 'true',
      other: 'kept',
    });
    expect(await counted()).toBe(1);
  });

  test('is told once, however often it is looked at, and by whichever replica', async () => {
    putBypass();
    await report();
    const writes = server.writes.length;
    await report();
    expect(server.writes).toHaveLength(writes);
    expect(await state()).toEqual(TOLD_ONCE);
  });

  test('is told once by two replicas that work at it at the same time', async () => {
    putBypass();
    server.isHeld = ({ method }) => method === 'PATCH';
    const both = Promise.allSettled([report(), report()]);
    const patches = () => server.writes.filter(write => write.startsWith('PATCH'));
    await vi.waitFor(() => expect(patches()).toHaveLength(2), { interval: 1, timeout: 5_000 });
    server.release();
    // The one that came late is run again, as after any failure.
    expect((await both).map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    await report();
    expect(await state()).toEqual(TOLD_ONCE);
  });

  test('whose teller ended after the Event is told to the end by the next', async () => {
    putBypass();
    server.failure = ({ method }) => (method === 'PATCH' ? 500 : undefined);
    await expect(report()).rejects.toThrow();
    expect(await state()).toEqual({ events: 1, counted: 0, isMarked: false });
    server.failure = () => undefined;
    await report();
    expect(await state()).toEqual(TOLD_ONCE);
  });

  test('does not say that it was told before it was', async () => {
    putBypass();
    server.failure = ({ method }) => (method === 'POST' ? 500 : undefined);
    await expect(report()).rejects.toThrow();
    expect(await state()).toEqual({ events: 0, counted: 0, isMarked: false });
  });

  test('that Velero writes meanwhile keeps what Velero wrote', async () => {
    putBypass();
    let isFirst = true;
    server.meanwhile = ({ method }) => {
      const restore = server.find(VELERO.restores, AT);
      if (method !== 'PATCH' || !isFirst || restore === undefined) return;
      isFirst = false;
      server.put(VELERO.restores, { ...restore, status: { phase: 'InProgress' } });
    };
    await expect(report()).rejects.toThrow();
    await report();
    expect(server.find(VELERO.restores, AT)?.status).toEqual({ phase: 'InProgress' });
    expect(await state()).toEqual(TOLD_ONCE);
  });

  test('that is deleted meanwhile is told by its Event', async () => {
    putBypass();
    server.meanwhile = ({ method }) => {
      if (method === 'PATCH') server.remove(VELERO.restores, AT);
    };
    expect(await report()).toEqual({});
    expect(server.list(events)).toHaveLength(1);
  });

  test('that is made anew under its name is another one', async () => {
    putBypass();
    await report();
    putBypass(uidOf('the second'));
    await report();
    expect(await state()).toEqual({ events: 2, counted: 2, isMarked: true });
  });
});

test.each<[string, () => void]>([
  ['that is gone', () => undefined],
  ['of the catalogue', () => void put({})],
  ['that was told before', () => void put({ [ANNOTATIONS.bypassReason]: 'x', [ANNOTATIONS.bypassReported]: 'true' })],
])('of a Restore %s nothing is told', async (_, given) => {
  given();
  await report();
  expect(server.writes).toEqual([]);
});

test.each<[Record<string, string> | undefined, boolean]>([
  [undefined, false],
  [{}, false],
  [{ [ANNOTATIONS.bypassReason]: 'INC-42' }, true],
  [{ [ANNOTATIONS.bypassReason]: '' }, true],
  [{ [ANNOTATIONS.bypassReason]: 'INC-42', [ANNOTATIONS.bypassReported]: 'true' }, false],
  [{ [ANNOTATIONS.bypassReported]: 'true' }, false],
])('with the annotations %j a Restore waits to be told: %s', (given, expected) => {
  const metadata = { ...AT, ...(given === undefined ? {} : { annotations: given }) };
  expect(isUnreportedBypass({ metadata })).toBe(expected);
});
