import { digestOf } from '../../api/digest.ts';
import type {
  AccessClaims,
  AppGroupClaims,
  RecoveryClaims,
  SourceClusterClaims,
  StampClaims,
} from '../../api/tokens/kinds.ts';
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

/** Since when the source is declared lost, where it is. */
export const LOST_SINCE = '2026-03-02T06:00:00Z';

/** Why there is no living group to ask: the source has seen that it is gone, or the source itself is. */
export const BECAUSE = {
  absent: { absent: { observedAt: '2026-03-02T11:59:00Z' } },
  lost: { lost: { since: LOST_SINCE } },
} as const;

/** A source cluster token, of the source itself or of a destination that was told that the source is lost. */
export const sourceClaims = (
  source: FakeCluster,
  holder: FakeHolder,
  destination?: FakeCluster,
): SourceClusterClaims => ({
  ...grantClaims(source, holder),
  stamp: { jti: 'stamp-1', startTime: START_TIME },
  ...(destination === undefined ? BECAUSE.absent : { iss: destination.urn, ...BECAUSE.lost }),
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
