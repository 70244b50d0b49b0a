import { digestOf } from '../../api/digest.ts';
import type { AccessClaims, AppGroupClaims, RecoveryClaims, StampClaims } from '../../api/tokens/kinds.ts';
import { gateUrn } from '../../api/tokens/urns.ts';
import { selectionDigest } from '../../api/velero/selection-digest.ts';
import { type FakeCluster, type FakeHolder, secondsFromNow, uidOf } from './fake-authority.ts';

/** Well-formed claims of each kind of token, about the application group `shop/shop`. */

export const START_TIME = '2026-03-02T03:00:00Z';

export const stampClaims = (source: FakeCluster): StampClaims => ({
  iss: source.urn,
  iat: secondsFromNow(-9 * 3600),
  jti: 'stamp-1',
  backup: { name: 'nightly-1', startTime: START_TIME, selection: selectionDigest({ includedNamespaces: ['*'] }) },
  record: { uid: uidOf('backup nightly-1'), location: 'default' },
  cluster: { ...source.cluster },
  groups: [
    {
      id: `${source.id}/${uidOf('group shop')}`,
      namespace: 'shop',
      name: 'shop',
      namespaces: [
        ['shop', uidOf('namespace shop')],
        ['shop-db', uidOf('namespace shop-db')],
      ],
      owners: [{ kind: 'User', name: 'alice' }],
    },
  ],
});

export const grantClaims = (source: FakeCluster, holder: FakeHolder): AppGroupClaims => ({
  iss: source.urn,
  iat: secondsFromNow(-60),
  exp: secondsFromNow(840),
  jti: 'grant-1',
  sub: 'alice',
  cnf: { jwk: { ...holder.key.publicJwk } },
  group: { id: `${source.id}/${uidOf('group shop')}`, namespace: 'shop', name: 'shop' },
  namespaces: [
    ['shop', uidOf('namespace shop')],
    ['shop-db', uidOf('namespace shop-db')],
  ],
  owners: [{ kind: 'User', name: 'alice' }],
  lineage: [source.id],
  cluster: { ...source.cluster },
});

export const accessClaims = (
  source: FakeCluster,
  here: FakeCluster,
  holder: FakeHolder,
  grant: string,
): AccessClaims => ({
  iss: holder.urn,
  iat: secondsFromNow(-30),
  exp: secondsFromNow(840),
  jti: '0123456789abcdef0123456789abcdef',
  sub: 'alice',
  aud: here.urn,
  point: { backup: 'nightly-1', source: source.id },
  destination: { cluster: here.id },
  restoreDigest: digestOf({}),
  grant,
});

export const recoveryClaims = (here: FakeCluster): RecoveryClaims => ({
  iss: here.urn,
  iat: secondsFromNow(-30),
  exp: secondsFromNow(570),
  jti: uidOf('recovery'),
  sub: 'alice',
  aud: gateUrn(here.id),
  groupID: `${here.id}/${uidOf('group shop')}`,
  point: { backup: 'nightly-1', uid: uidOf('backup nightly-1'), location: 'default' },
  targets: [['shop', uidOf('namespace shop')]],
  restore: { namespace: 'velero', name: 'recover-0123456789abcdef0123', specDigest: digestOf({}) },
  validationDigest: digestOf({}),
  approvals: [],
});
