import { describe, expect, test } from 'vitest';
import type { ConnectionFlags } from './connection-flags.ts';
import { type Impersonation, impersonationHeaders, impersonationOf } from './impersonation.ts';

const sent = (flags: Partial<ConnectionFlags>, inKubeconfig: Impersonation = {}) =>
  impersonationHeaders(impersonationOf({ requestTimeoutMs: 1, ...flags }, inKubeconfig));

describe('a request acts as', () => {
  test('oneself by default', () => {
    expect(sent({})).toEqual({});
    expect(sent({ asGroup: [], asUserExtra: [] })).toEqual({});
  });

  test('the user, groups, UID and extras of the flags', () => {
    const asUserExtra = ['scopes=view', 'scopes=edit', 'reason=a=b', 'empty='];
    expect(sent({ as: 'alice', asGroup: ['a', 'b'], asUid: '42', asUserExtra })).toEqual({
      'Impersonate-User': 'alice',
      'Impersonate-Group': ['a', 'b'],
      'Impersonate-Uid': '42',
      'Impersonate-Extra-scopes': ['view', 'edit'],
      'Impersonate-Extra-reason': ['a=b'],
      'Impersonate-Extra-empty': [''],
    });
  });

  test.each([
    ['acme.com/project', 'acme.com%2Fproject'],
    ['a b', 'a%20b'],
    ['100%', '100%25'],
    ['ü', '%C3%BC'],
    ["!#$&'*+-.^_`|~", "!#$&'*+-.^_`|~"],
  ])('the extra "%s" in the header %s', (key, header) => {
    expect(sent({ as: 'alice', asUserExtra: [`${key}=x`] })).toHaveProperty([`Impersonate-Extra-${header}`], ['x']);
  });

  test('whom the kubeconfig says, but for what the flags say', () => {
    const inKubeconfig = { user: 'bob', groups: ['b'], uid: '1', extra: { a: ['1'] } };
    expect(sent({}, inKubeconfig)).toEqual({
      'Impersonate-User': 'bob',
      'Impersonate-Group': ['b'],
      'Impersonate-Uid': '1',
      'Impersonate-Extra-a': ['1'],
    });
    expect(sent({ as: 'alice', asGroup: ['a'], asUid: '2', asUserExtra: ['b=2'] }, inKubeconfig)).toEqual({
      'Impersonate-User': 'alice',
      'Impersonate-Group': ['a'],
      'Impersonate-Uid': '2',
      'Impersonate-Extra-b': ['2'],
    });
  });
});
