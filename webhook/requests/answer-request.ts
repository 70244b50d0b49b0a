import type {
  AccessRequest,
  AccessRequestSpec,
  AccessRequestStatus,
  ClaimAnswer,
  RecoveryAnswer,
  StampAnswer,
} from '../../api/kinds/access-request.ts';
import type { PublicJwk } from '../../api/kinds/jwk.ts';
import type { Requester } from '../../api/kinds/requester.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { verifyGrant } from '../../api/tokens/access-chain.ts';
import type { GrantClaims } from '../../api/tokens/grant.ts';
import { type SigningKey, thumbprintOf } from '../../api/tokens/sign-token.ts';
import { TAKE_FRESH } from '../../api/tokens/verify-token.ts';
import { silenceText, silentSince } from '../../api/velero/velero-silence.ts';
import { activeElsewhere } from '../checks/check-group.ts';
import { notMapped } from '../checks/check-requester.ts';
import { issuerProblem } from '../checks/grant-issuer.ts';
import { lineageOf, voucherOf } from '../checks/lineage.ts';
import { judgeOwnership } from '../checks/ownership.ts';
import type { LiveClusterState } from '../cluster/live-cluster-state.ts';
import type { BackupView, GroupView, PeerView } from '../state/views.ts';
import type { AdoptionRequest } from './adopt-backup.ts';
import { answerPlan } from './answer-plan.ts';
import type { BackupContents } from './backup-contents.ts';
import type { ClaimRequest } from './claim-group.ts';
import { type FormerSubject, findFormerGroups } from './find-former-group.ts';
import type { FormerGroup } from './former-groups.ts';
import { issueGrant } from './issue-grant.ts';
import { issueSourceToken } from './issue-source-token.ts';
import { listPoints, type PointsOf } from './list-points.ts';
import { nearOwned } from './near-owned.ts';
import { groupAnswer, ownedGroups } from './owned-groups.ts';
import { type PreparedLife, type PrepareWish, preparedLife } from './prepared-grant.ts';
import { unmappedPeers } from './unmapped-peers.ts';

export interface AnswerOptions {
  readonly state: LiveClusterState;
  readonly grantKey: () => SigningKey;
  readonly backupsOf: (groupId: string) => readonly BackupView[];
  /** Every group that a trusted stamp here names, by its newest one. */
  readonly formerGroups: () => Promise<readonly FormerGroup[]>;
  /** What Backups hold, for plans. */
  readonly contents: Pick<BackupContents, 'of'>;
  readonly recoveriesOf: (groupId: string, requester: Requester) => RecoveryAnswer[];
  /** Adopts a backup, if the requester may. */
  readonly adopt: (request: AdoptionRequest) => Promise<StampAnswer>;
  /** Links namespaces that were made anew to a group, if the requester may. */
  readonly claim: (request: ClaimRequest) => Promise<ClaimAnswer>;
  readonly clock: () => number;
}

/** The answer without its condition. */
export type Answer = Omit<AccessRequestStatus, 'conditions'>;

/** What a request is about: a group that is here, one that is no more, or one that another cluster vouches for. */
type Subject =
  | { readonly kind: 'group'; readonly group: GroupView & { readonly id: string } }
  | { readonly kind: 'former'; readonly former: FormerSubject }
  | { readonly kind: 'grant'; readonly grant: GrantClaims };

const notOwner = (
  username: string,
  asTyped: string | undefined,
  unmapped: readonly Pick<PeerView, 'name'>[] = [],
  near?: string,
): RecoverError => {
  const mends = [
    'look at your groups with: kubectl recover group list; an owner of the group can add you to spec.owners',
    ...unmapped.map(
      ({ name }) =>
        `if you owned it in the lost cluster "${name}", an operator says here that "${username}" means the same in both, in spec.identityTrust: kubectl edit clusteridentity ${name}`,
    ),
  ];
  return new RecoverError({
    code: 'NotOwner',
    message: `"${username}" owns no application group ${asTyped === undefined ? '' : `"${asTyped}" `}in this cluster${near === undefined ? '' : `; did you mean "${near}"?`}`,
    mend: mends.join('; '),
  });
};

const several = (requester: Requester, groups: readonly string[], mend: string): RecoverError =>
  new RecoverError({
    code: 'GroupAmbiguous',
    message: `"${requester.username}" owns several groups: ${groups.join(', ')}`,
    mend,
  });

const nameOf = ({ namespace, name }: { readonly namespace: string; readonly name: string }): string =>
  `${namespace}/${name}`;

const BY_NAMESPACE = 'name one with its namespace: kubectl recover NAMESPACE/NAME';

/** Groups that were gone one after the other may all have had one name in one namespace. */
const checkFormerUnambiguous = (former: readonly FormerSubject[], requester: Requester): void => {
  if (former.length <= 1) return;
  const names = former.map(({ group }) => nameOf(group));
  if (new Set(names).size === names.length) throw several(requester, names, BY_NAMESPACE);
  const told = former.map(({ group, stamp }) => `${nameOf(group)} (${group.id}, last backed up ${stamp.startTime})`);
  throw several(requester, told, 'name one by its ID: kubectl recover ID');
};

/** The living group comes first; only where there is none, the stamps are asked who owned it. */
const findGroup = async (
  options: AnswerOptions,
  requester: Requester,
  asTyped: string | undefined,
): Promise<Subject> => {
  const { state, formerGroups } = options;
  const groups = ownedGroups(state.allGroups(), requester, asTyped);
  if (groups.length > 1) throw several(requester, groups.map(nameOf), BY_NAMESPACE);
  const [group] = groups;
  if (group !== undefined) return { kind: 'group', group: settled(group) };
  const known = await formerGroups();
  const former = findFormerGroups(known, requester, asTyped, state);
  checkFormerUnambiguous(former, requester);
  const [only] = former;
  if (only === undefined) {
    const near = asTyped === undefined ? undefined : nearOwned(asTyped, known, requester, state);
    throw notOwner(requester.username, asTyped, unmappedPeers(known, requester, state), near);
  }
  return { kind: 'former', former: only };
};

const settled = (group: GroupView): GroupView & { readonly id: string } => {
  if (group.activeElsewhere !== undefined) {
    throw new RecoverError({ ...activeElsewhere(group.name, group.activeElsewhere) });
  }
  if (group.id === undefined) {
    throw new RecoverError({
      code: 'StateUnavailable',
      message: `group "${group.namespace}/${group.name}" is not settled yet: ${group.message}`,
      mend: `see: kubectl describe applicationgroup ${group.name} -n ${group.namespace}`,
    });
  }
  return { ...group, id: group.id };
};

/** A grant of another cluster counts for its holder: the same user, the same key, names that mean the same here. */
const acceptGrant = async (
  { state, clock }: AnswerOptions,
  grant: string,
  requester: Requester,
  publicKey: PublicJwk | undefined,
): Promise<GrantClaims> => {
  const claims = await verifyGrant(grant, {
    grantKey: (issuer, kid) => state.grantKey(issuer, kid),
    now: new Date(clock()),
  });
  if (claims.prepared !== undefined) {
    throw new RecoverError({
      code: 'RequestInvalid',
      message: 'a prepared proof registers the one recovery that it is for, and answers no question',
      mend: 'use it with: kubectl recover -f FILE',
    });
  }
  const problem = issuerProblem(claims, state);
  if (problem !== undefined) throw new RecoverError(problem);
  const holder = publicKey && (await thumbprintOf(publicKey));
  if (holder !== (await thumbprintOf(claims.cnf.jwk))) {
    throw new RecoverError({
      code: 'TokenUntrusted',
      message: 'the grant was given to the holder of another key',
      mend: TAKE_FRESH,
    });
  }
  if (claims.sub !== requester.username) {
    throw new RecoverError({
      code: 'RequesterMismatch',
      message: `the grant was given to "${claims.sub}", but "${requester.username}" presents it`,
      mend: `use one login that is "${claims.sub}" in both clusters; who one is tells: kubectl auth whoami`,
    });
  }
  const isOwnCluster = claims.cluster.id === state.self().cluster.id;
  const peer = isOwnCluster ? undefined : state.peer(claims.cluster.id);
  // Owners may have changed since the grant was given; in its own cluster the live group decides.
  const owners = (isOwnCluster ? state.group(claims.group.id)?.owners : undefined) ?? claims.owners;
  const verdict = isOwnCluster || peer ? judgeOwnership(requester, owners, peer) : 'notOwner';
  if (verdict === 'owner') return claims;
  if (verdict === 'notOwner') throw notOwner(requester.username, claims.group.name);
  throw new RecoverError(notMapped(requester.username, claims, peer));
};

const subjectOf = async (options: AnswerOptions, spec: AccessRequestSpec, requester: Requester): Promise<Subject> => {
  if (spec.grant === undefined) return findGroup(options, requester, spec.group);
  return { kind: 'grant', grant: await acceptGrant(options, spec.grant, requester, spec.publicKey) };
};

const pointsOf = (subject: Subject, state: LiveClusterState): PointsOf => {
  const active = (activeSince: string | undefined) => (activeSince === undefined ? {} : { activeSince });
  switch (subject.kind) {
    case 'group':
      return {
        groupId: subject.group.id,
        cluster: state.self().cluster.id,
        namespaces: subject.group.claimed.map(({ name }) => name),
        lineage: lineageOf(subject.group.id, state),
        ...active(subject.group.activeSince),
      };
    case 'former':
      return {
        groupId: subject.former.group.id,
        cluster: subject.former.cluster.id,
        namespaces: subject.former.group.namespaces.map(([name]) => name),
        lineage: lineageOf(subject.former.group.id, state),
        ...active(subject.former.group.activeSince),
      };
    case 'grant':
      return { ...voucherOf(subject.grant), namespaces: subject.grant.namespaces.map(([name]) => name) };
  }
};

/** What a grant is bound to that is wanted for a later day. */
const preparedPart = async (
  { state, backupsOf, clock }: AnswerOptions,
  subject: Extract<Subject, { kind: 'group' | 'former' }>,
  wish: PrepareWish | undefined,
): Promise<PreparedLife | undefined> => {
  if (wish === undefined) return undefined;
  const { cluster } = state.self();
  if (subject.kind === 'former' && subject.former.because.kind === 'lost') {
    throw new RecoverError({
      code: 'RequestInvalid',
      message: `cluster "${subject.former.cluster.id}" is lost: its groups are recovered here, at once, and not prepared`,
      mend: 'run: kubectl recover GROUP, without prepare',
    });
  }
  const of = pointsOf(subject, state);
  const points = await listPoints(backupsOf(of.groupId), of, { limit: 500 }, state, new Date(clock()));
  const { group } = subject.kind === 'group' ? subject : subject.former;
  return preparedLife(wish, { group, destinations: group.destinations ?? [], cluster, points }, state);
};

const grantPart = async (
  options: AnswerOptions,
  subject: Subject,
  spec: AccessRequestSpec,
  requester: Requester,
): Promise<Answer> => {
  if (!spec.wants.grant) return {};
  const { state, grantKey, clock } = options;
  const { publicKey } = spec;
  if (subject.kind === 'grant' || publicKey === undefined) {
    throw new RecoverError({
      code: 'RequestInvalid',
      message: 'a grant is given for a group of this cluster and a public key',
    });
  }
  const self = state.self().cluster;
  const prepared = await preparedPart(options, subject, spec.prepare);
  const shared = { username: requester.username, publicKey, key: grantKey(), now: new Date(clock()), prepared };
  const grant =
    subject.kind === 'group'
      ? await issueGrant({
          ...shared,
          group: subject.group,
          cluster: self,
          lineage: lineageOf(subject.group.id, state),
        })
      : await issueSourceToken({
          ...shared,
          subject: subject.former,
          self,
          lineage: lineageOf(subject.former.group.id, state),
        });
  return { grant };
};

/** That Velero, which would have to restore, shows no life. */
const veleroWarnings = (
  backups: readonly BackupView[],
  state: Pick<LiveClusterState, 'location'>,
  now: Date,
): Pick<Answer, 'warnings'> => {
  const texts = backups.flatMap(({ namespace, location }) => {
    const seen = state.location(namespace, location);
    const since = seen && silentSince(seen, now);
    return since === undefined ? [] : [silenceText(namespace, location, since)];
  });
  const warnings = [...new Set(texts)].slice(0, 16);
  return warnings.length === 0 ? {} : { warnings };
};

/**
 * Answers an AccessRequest by the authenticated requester alone. Only groups and points of the requester's are ever
 * looked at, so "there is none" and "it is not yours" read alike.
 * @throws RecoverError `NotOwner`, `GroupAmbiguous`, those of a grant and of a prepared one, `StateUnavailable`
 */
export const answerRequest = async (request: AccessRequest, options: AnswerOptions): Promise<Answer> => {
  const { spec } = request;
  const { requester } = spec;
  if (requester === undefined) {
    throw new RecoverError({ code: 'RequestInvalid', message: 'the request does not say who asks' });
  }
  const { state, backupsOf, recoveriesOf, contents, clock } = options;
  const { cluster } = state.self();
  if (spec.wants.stamp !== undefined) {
    const id = request.metadata.uid ?? request.metadata.name;
    return { cluster, stamp: await options.adopt({ id, wish: spec.wants.stamp, requester }) };
  }
  if (spec.wants.claim !== undefined) {
    const { dryRun = false } = spec.wants.claim;
    const time = request.metadata.creationTimestamp ?? new Date(clock()).toISOString();
    return { cluster, claim: await options.claim({ group: spec.group, requester, time, dryRun }) };
  }
  const groups = spec.wants.groups
    ? { groups: ownedGroups(state.allGroups(), requester, spec.group).flatMap(groupAnswer) }
    : {};
  const { grant, points, recoveries, plan } = spec.wants;
  if (!grant && points === undefined && !recoveries && plan === undefined) return { cluster, ...groups };
  const subject = await subjectOf(options, spec, requester);
  const of = pointsOf(subject, state);
  const [group] = subject.kind === 'group' ? groupAnswer(subject.group) : [];
  return {
    cluster,
    ...groups,
    ...(group === undefined ? {} : { group }),
    ...(await grantPart(options, subject, spec, requester)),
    ...(points === undefined
      ? {}
      : {
          points: await listPoints(backupsOf(of.groupId), of, points, state, new Date(clock())),
          ...veleroWarnings(backupsOf(of.groupId), state, new Date(clock())),
        }),
    ...(plan === undefined ? {} : { plan: await answerPlan(backupsOf(of.groupId), of, plan, state, contents) }),
    ...(recoveries ? { recoveries: recoveriesOf(of.groupId, requester) } : {}),
  };
};
