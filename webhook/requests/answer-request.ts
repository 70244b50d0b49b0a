import type {
  AccessRequest,
  AccessRequestSpec,
  AccessRequestStatus,
  RecoveryAnswer,
} from '../../api/kinds/access-request.ts';
import type { PublicJwk } from '../../api/kinds/jwk.ts';
import type { Requester } from '../../api/kinds/requester.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { verifyGrant } from '../../api/tokens/access-chain.ts';
import type { AppGroupClaims } from '../../api/tokens/kinds.ts';
import { type SigningKey, thumbprintOf } from '../../api/tokens/sign-token.ts';
import { issuerProblem } from '../checks/grant-issuer.ts';
import { judgeOwnership } from '../checks/ownership.ts';
import type { LiveClusterState } from '../cluster/live-cluster-state.ts';
import type { BackupView, GroupView } from '../state/views.ts';
import { issueGrant } from './issue-grant.ts';
import { listPoints, type PointsOf } from './list-points.ts';
import { groupAnswer, ownedGroups } from './owned-groups.ts';

export interface AnswerOptions {
  readonly state: LiveClusterState;
  readonly grantKey: SigningKey;
  readonly backupsOf: (groupId: string) => readonly BackupView[];
  readonly recoveriesOf: (groupId: string, requester: Requester) => RecoveryAnswer[];
  readonly clock: () => number;
}

/** The answer without its condition. */
export type Answer = Omit<AccessRequestStatus, 'conditions'>;

/** What a request is about: a group that is here, or one that another cluster vouches for. */
type Subject =
  | { readonly kind: 'group'; readonly group: GroupView & { readonly id: string } }
  | { readonly kind: 'grant'; readonly grant: AppGroupClaims };

const notOwner = (username: string, asTyped: string | undefined): RecoverError =>
  new RecoverError({
    code: 'NotOwner',
    message: `"${username}" owns no application group ${asTyped === undefined ? '' : `"${asTyped}" `}in this cluster`,
    mend: 'look at your groups with: kubectl recover group list; an owner of the group can add you to spec.owners',
  });

const findGroup = (
  { state }: AnswerOptions,
  requester: Requester,
  asTyped: string | undefined,
): GroupView & { readonly id: string } => {
  const groups = ownedGroups(state.allGroups(), requester, asTyped);
  const [group, ...others] = groups;
  if (group === undefined) throw notOwner(requester.username, asTyped);
  if (others.length > 0) {
    const names = groups.map(({ namespace, name }) => `${namespace}/${name}`).join(', ');
    throw new RecoverError({
      code: 'GroupAmbiguous',
      message: `"${requester.username}" owns several groups: ${names}`,
      mend: 'name one as NAMESPACE/NAME',
    });
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
): Promise<AppGroupClaims> => {
  const claims = await verifyGrant(grant, {
    grantKey: (issuer, kid) => state.grantKey(issuer, kid),
    now: new Date(clock()),
  });
  const problem = issuerProblem(claims);
  if (problem !== undefined) throw new RecoverError(problem);
  const holder = publicKey && (await thumbprintOf(publicKey));
  if (holder !== (await thumbprintOf(claims.cnf.jwk))) {
    throw new RecoverError({ code: 'TokenUntrusted', message: 'the grant was given to the holder of another key' });
  }
  if (claims.sub !== requester.username) {
    throw new RecoverError({
      code: 'RequesterMismatch',
      message: `the grant was given to "${claims.sub}", but "${requester.username}" presents it`,
      mend: `use one login that is "${claims.sub}" in both clusters`,
    });
  }
  const isOwnCluster = claims.cluster.id === state.self().cluster.id;
  const peer = isOwnCluster ? undefined : state.peer(claims.cluster.id);
  // Owners may have changed since the grant was given; in its own cluster the live group decides.
  const owners = (isOwnCluster ? state.group(claims.group.id)?.owners : undefined) ?? claims.owners;
  const verdict = isOwnCluster || peer ? judgeOwnership(requester, owners, peer) : 'notOwner';
  if (verdict === 'owner') return claims;
  if (verdict === 'notOwner') throw notOwner(requester.username, claims.group.name);
  throw new RecoverError({
    code: 'NotOwner',
    message: `"${requester.username}" owns "${claims.group.name}" in cluster "${claims.cluster.id}", but users of that cluster are not mapped to users here`,
    mend: `an operator sets spec.identityTrust of ClusterIdentity "${peer?.name}" here`,
  });
};

const subjectOf = async (options: AnswerOptions, spec: AccessRequestSpec, requester: Requester): Promise<Subject> => {
  if (spec.grant === undefined) return { kind: 'group', group: findGroup(options, requester, spec.group) };
  return { kind: 'grant', grant: await acceptGrant(options, spec.grant, requester, spec.publicKey) };
};

const pointsOf = (subject: Subject, ownCluster: string): PointsOf =>
  subject.kind === 'group'
    ? {
        groupId: subject.group.id,
        namespaces: subject.group.claimed.map(({ name }) => name),
        lineage: [ownCluster],
      }
    : {
        groupId: subject.grant.group.id,
        namespaces: subject.grant.namespaces.map(([name]) => name),
        lineage: subject.grant.lineage,
      };

const grantPart = async (
  { state, grantKey, clock }: AnswerOptions,
  subject: Subject,
  spec: AccessRequestSpec,
  requester: Requester,
): Promise<Answer> => {
  if (!spec.wants.grant) return {};
  if (subject.kind === 'grant' || spec.publicKey === undefined) {
    throw new RecoverError({
      code: 'RequestInvalid',
      message: 'a grant is given for a group of this cluster and a public key',
    });
  }
  const grant = await issueGrant({
    group: subject.group,
    username: requester.username,
    publicKey: spec.publicKey,
    cluster: state.self().cluster,
    key: grantKey,
    now: new Date(clock()),
  });
  return { grant };
};

/**
 * Answers an AccessRequest by the authenticated requester alone. Only groups and points of the requester's are ever
 * looked at, so "there is none" and "it is not yours" read alike.
 * @throws RecoverError `NotOwner`, `GroupAmbiguous`, those of a grant, `StateUnavailable`
 */
export const answerRequest = async (request: AccessRequest, options: AnswerOptions): Promise<Answer> => {
  const { spec } = request;
  const { requester } = spec;
  if (requester === undefined) {
    throw new RecoverError({ code: 'RequestInvalid', message: 'the request does not say who asks' });
  }
  const { state, backupsOf, recoveriesOf, clock } = options;
  const { cluster } = state.self();
  const groups = spec.wants.groups
    ? { groups: ownedGroups(state.allGroups(), requester, spec.group).flatMap(groupAnswer) }
    : {};
  const { grant, points, recoveries } = spec.wants;
  if (!grant && points === undefined && !recoveries) return { cluster, ...groups };
  const subject = await subjectOf(options, spec, requester);
  const of = pointsOf(subject, cluster.id);
  const [group] = subject.kind === 'group' ? groupAnswer(subject.group) : [];
  return {
    cluster,
    ...groups,
    ...(group === undefined ? {} : { group }),
    ...(await grantPart(options, subject, spec, requester)),
    ...(points === undefined
      ? {}
      : { points: await listPoints(backupsOf(of.groupId), of, points, state, new Date(clock())) }),
    ...(recoveries ? { recoveries: recoveriesOf(of.groupId, requester) } : {}),
  };
};
