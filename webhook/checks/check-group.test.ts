import { uidOf } from '../../test/fakes/fake-authority.ts';
import { testAllowances, testRefusals } from '../../test/fakes/refusals.ts';

testRefusals('group', [
  {
    why: 'a group that was deleted since the grant',
    code: 'GroupGone',
    flaw: ({ state }) => {
      state.groups = [];
    },
  },
  {
    why: 'a group that was deleted and made anew under its name',
    code: 'GroupGone',
    flaw: ({ state, here }) => {
      state.groups = state.groups.map(group => ({ ...group, id: `${here.id}/${uidOf('group shop, the second')}` }));
    },
  },
]);

testAllowances('group', [
  { why: 'a group that lives here', given: () => undefined },
  {
    why: 'a group of a peer, which is known by the grant alone',
    origin: 'peer',
    given: ({ state }) => {
      state.groups = [];
    },
  },
]);
