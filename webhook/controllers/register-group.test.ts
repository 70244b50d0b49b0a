import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ApplicationGroup } from '../../api/kinds/application-group.ts';
import type { KubeObject, Stored } from '../../api/kinds/object-meta.ts';
import { OWN, resourceType } from '../../api/kubernetes/resource-type.ts';
import { ANNOTATIONS, GROUP_VERSION } from '../../api/names.ts';
import { NOW, uidOf } from '../../test/fakes/fake-authority.ts';
import { FakeObjectServer } from '../../test/fakes/fake-object-server.ts';
import type { GroupView } from '../state/views.ts';
import { type GroupRegistration, registerGroup } from './register-group.ts';
import { registeredAs, registeredAsAnnotation } from './registered-as.ts';

const events = resourceType<KubeObject & { readonly message: string }>('v1', 'Event', 'events', true);
const ID = `${uidOf('cluster prod')}/${uidOf('group shop')}`;
const OTHER_ID = `${uidOf('cluster prod')}/${uidOf('group other')}`;
const AT = { namespace: 'shop', name: 'shop' } as const;
const SINCE = '2026-03-02T10:00:00Z';
const spec: ApplicationGroup['spec'] = { namespaces: ['shop'], owners: [{ kind: 'User', name: 'alice' }] };
const before: ApplicationGroup['spec'] = { namespaces: ['shop', 'more'], owners: [{ kind: 'User', name: 'bob' }] };

let server: FakeObjectServer;
let living: Pick<GroupView, 'namespace' | 'name'> | undefined;

beforeEach(async () => {
  server = await FakeObjectServer.start();
  living = undefined;
});

afterEach(() => server.stop());

const register = (part: Partial<GroupRegistration> = {}) =>
  registerGroup(
    { groupID: ID, home: AT, spec, requester: { username: 'alice' }, ...part },
    {
      client: server.client,
      state: { group: id => (id === ID ? (living as GroupView | undefined) : undefined) },
      log: pino({ level: 'silent' }),
      clock: () => NOW.getTime(),
    },
  );

/** A group that is there, with an ID by its status, by its registration or with none. */
const put = (
  { status, registered }: { readonly status?: string; readonly registered?: string } = {},
  at: { readonly namespace: string; readonly name: string } = AT,
): Stored<ApplicationGroup> =>
  server.put(OWN.applicationGroups, {
    apiVersion: GROUP_VERSION,
    kind: 'ApplicationGroup',
    metadata: {
      ...at,
      annotations: {
        kept: 'yes',
        ...(registered === undefined ? {} : registeredAsAnnotation({ groupID: registered })),
      },
    },
    spec: before,
    ...(status === undefined ? {} : { status: { groupID: status } }),
  });

const found = (at: { readonly namespace: string; readonly name: string } = AT) =>
  server.find(OWN.applicationGroups, at);

test('a group is made with its ID, by whom and since when it is active', async () => {
  await register({ activeSince: SINCE });
  const group = found();
  expect(group?.spec).toEqual(spec);
  expect(group && registeredAs(group)).toEqual({ groupID: ID, activeSince: SINCE });
  expect(group?.metadata.annotations?.[ANNOTATIONS.requester]).toBe('{"username":"alice"}');
  expect(server.list(events).map(({ message }) => message)).toEqual([
    `registered as ${ID}, the active copy since ${SINCE}, on the word of alice`,
  ]);
});

test('nothing is written again, or told again, where it is so already', async () => {
  await register();
  const first = found();
  expect(await register()).toEqual(first);
  expect(found()).toEqual(first);
  expect(server.list(events)).toHaveLength(1);
});

describe('a group that is there is brought to what is given', () => {
  test.each<[string, Parameters<typeof put>[0], Partial<GroupRegistration>]>([
    ['if it has the ID', { status: ID }, {}],
    ['if it was registered under it', { registered: ID, status: OTHER_ID }, {}],
    ['if the ID that it has is the one to be replaced', { status: OTHER_ID }, { replaces: OTHER_ID }],
    ['if it is what it was judged to be', { status: ID }, { judged: before }],
  ])('%s', async (_, given, part) => {
    put(given);
    await register(part);
    const group = found();
    expect(group?.spec).toEqual(spec);
    expect(group && registeredAs(group)).toEqual({ groupID: ID });
    expect(group?.metadata.annotations?.['kept']).toBe('yes');
    expect(server.list(events)).toHaveLength(1);
  });

  test('where it lives, whatever its home is called elsewhere', async () => {
    const home = { namespace: 'web', name: 'moved' };
    living = home;
    put({ status: ID }, home);
    await register();
    expect(found(home)?.spec).toEqual(spec);
    expect(found()).toBeUndefined();
  });

  test('if only since when it is active has changed', async () => {
    await register();
    await register({ activeSince: SINCE });
    const group = found();
    expect(group && registeredAs(group)).toEqual({ groupID: ID, activeSince: SINCE });
  });

  test('if only what it holds has changed', async () => {
    await register();
    await register({ spec: before });
    expect(found()?.spec).toEqual(before);
  });
});

describe('a group that is there is left alone', () => {
  test.each<[string, Parameters<typeof put>[0], Partial<GroupRegistration>]>([
    ['that has another ID', { status: OTHER_ID }, {}],
    ['that has none yet', {}, {}],
    ['that was registered under another ID', { registered: OTHER_ID }, {}],
    ['that has another ID than the one to be replaced', { status: OTHER_ID }, { replaces: `${OTHER_ID}0` }],
    ['that has none yet, where one is to be replaced', {}, { replaces: OTHER_ID }],
    ['that says something else than when it was judged', { status: ID }, { judged: spec }],
  ])('%s', async (_, given, part) => {
    const group = put(given);
    expect(await register(part)).toBeUndefined();
    expect(found()).toEqual(group);
    expect(server.list(events)).toEqual([]);
  });

  test('that somebody changes meanwhile', async () => {
    put({ status: ID });
    server.meanwhile = ({ method }) => {
      if (method === 'PUT') put({ status: ID });
    };
    await expect(register()).rejects.toMatchObject({ reason: 'Conflict' });
    expect(found()?.spec).toEqual(before);
  });
});

test('an Event that cannot be written keeps nothing from being registered', async () => {
  server.failure = ({ url }) => (url.includes('/events') ? 403 : undefined);
  expect(await register()).toBeDefined();
});
