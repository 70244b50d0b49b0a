import type { PointAnswer } from '../../api/kinds/access-request.ts';
import type { Cluster, Destination } from '../../api/kinds/group-parts.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { decodeGrant, type GrantClaims } from '../../api/tokens/grant.ts';
import type { SigningKey } from '../../api/tokens/sign-token.ts';
import { ask, NoAnswer } from '../cluster/ask.ts';
import type { ClusterAccess } from '../cluster/connect.ts';
import { nameSource } from '../cluster/name-contexts.ts';
import { shellWord } from '../cluster/shell-word.ts';
import type { Io } from '../io.ts';
import { Refusal } from '../refusal.ts';
import type { DestinationChoice, NamedDestination } from './destination.ts';
import { makeEphemeralKey } from './ephemeral-key.ts';
import { isSilent, withoutBoth, withoutDestination, withoutSource } from './next-step.ts';

/** A grant, the key that it was given to, and the points there are for it. */
export interface Proof {
  readonly key: SigningKey;
  readonly grant: string;
  readonly claims: GrantClaims;
  readonly destination: NamedDestination;
  /** The destination as it told itself; absent if it was not asked or did not answer. */
  readonly cluster?: Cluster;
  /** As the destination lists them; where it was not asked, as the source does. */
  readonly points: readonly PointAnswer[];
  /** What may keep the recovery from going on in the cluster that listed them. */
  readonly warnings: readonly string[];
}

const POINTS = { limit: 500 } as const;

const noGrant = (access: ClusterAccess): RecoverError =>
  new RecoverError({ code: 'InternalError', message: `cluster "${access.context}" answered without a grant` });

/** The catalogue says what is wrong with the proof, and what would mend it; here it is known between whom. */
const peerNotTrusted = (error: unknown, source: ClusterAccess, destination: ClusterAccess): unknown => {
  if (!(error instanceof Refusal) || error.code !== 'TokenUntrusted') return error;
  const [{ message, mend }] = error.failedChecks;
  return new RecoverError(
    {
      code: 'PeerNotTrusted',
      message: `cluster "${destination.context}" does not trust cluster "${source.context}": ${message}`,
      mend:
        mend ??
        `an operator there runs: kubectl recover cluster trust --from-context ${shellWord(source.context)} --context ${shellWord(destination.context)}`,
    },
    { cause: error },
  );
};

/**
 * The destination that can only be meant, where the cluster itself does not tell: the owners allow this one alone.
 * Nothing is guessed among several.
 */
export const onlyDestination = (
  allowed: readonly Destination[] | undefined,
  clusterUnavailable: string,
): NamedDestination | undefined => {
  const [only, ...others] = allowed ?? [];
  if (only === undefined || others.length > 0) return undefined;
  if (only.clusterID !== undefined) return { kind: 'cluster', id: only.clusterID };
  if (only.cloud === undefined || only.region === undefined) return undefined;
  return { kind: 'place', cloud: only.cloud, region: only.region, clusterUnavailable };
};

type Granted = Pick<Proof, 'key' | 'grant' | 'claims'>;

const sourcePoints = async (source: ClusterAccess, { group }: GrantClaims, io: Io): Promise<readonly PointAnswer[]> =>
  (await ask(source, { group: `${group.namespace}/${group.name}`, wants: { points: POINTS } }, io)).points ?? [];

const withoutItsWord = async (
  granted: Granted,
  error: NoAnswer,
  source: ClusterAccess,
  io: Io,
  expectedId: string | undefined,
): Promise<Proof | undefined> => {
  const byHand = expectedId === undefined ? undefined : ({ kind: 'cluster', id: expectedId } as const);
  const named = byHand ?? onlyDestination(granted.claims.destinations, error.message);
  return (
    named && { ...granted, destination: named, points: await sourcePoints(source, granted.claims, io), warnings: [] }
  );
};

const askDestination = async (
  granted: Granted,
  source: ClusterAccess,
  destination: ClusterAccess,
  io: Io,
  expectedId: string | undefined,
): Promise<Proof> => {
  const { key, grant } = granted;
  try {
    const listed = await ask(destination, { publicKey: key.publicJwk, grant, wants: { points: POINTS } }, io);
    const { cluster, points = [], warnings = [] } = listed;
    return { ...granted, destination: { kind: 'cluster', id: cluster.id }, cluster, points, warnings };
  } catch (error) {
    // Its API server answers, so the recovery can be registered; what it is called can be known from the owners alone.
    const proof = error instanceof NoAnswer ? await withoutItsWord(granted, error, source, io, expectedId) : undefined;
    if (proof !== undefined) return proof;
    const told = peerNotTrusted(nameSource(error, source.context), source, destination);
    throw withoutDestination(told, {
      group: granted.claims.group.name,
      source,
      destination,
    });
  }
};

type Settled<Answer> =
  | { readonly outcome: 'answered'; readonly answer: Answer }
  | { readonly outcome: 'failed'; readonly error: unknown };

const settle = async <Answer>(asked: Promise<Answer>): Promise<Settled<Answer>> => {
  try {
    return { outcome: 'answered', answer: await asked };
  } catch (error) {
    return { outcome: 'failed', error };
  }
};

/** Why an API server does not answer at all; whatever else is wrong with it, the question itself will tell. */
const reach = async (access: ClusterAccess): Promise<RecoverError | undefined> => {
  const reached = await settle(access.call(client => client.read('/version')));
  return reached.outcome === 'failed' && isSilent(reached.error) ? reached.error : undefined;
};

const idIsKnown = ({ context }: ClusterAccess): RecoverError =>
  new RecoverError({
    code: 'ClusterIdentifierAvailable',
    message: `cluster "${context}" gives the proof and tells its ID with it, so it cannot be named by cloud and region`,
    mend: 'leave out --to-cloud and --to-region, or name the source with --from-context',
  });

/**
 * Gets the grant from the source, and destination ID and points from the destination. In one cluster it is one
 * question; between two, the destination learns the group from the grant alone. A destination that is named by cloud
 * and region is not asked: then it would have told its ID.
 * @throws RecoverError of either cluster; `PeerNotTrusted`, `ClusterIdentifierAvailable`
 */
export const getProof = async (
  group: string,
  source: ClusterAccess,
  destination: ClusterAccess,
  io: Io,
  choice: DestinationChoice = { kind: 'context' },
): Promise<Proof> => {
  const isOneCluster = source === destination;
  if (isOneCluster && choice.kind === 'place') throw idIsKnown(source);
  const key = await makeEphemeralKey();
  const asksSourceForPoints = isOneCluster || choice.kind === 'place';
  const wants = { grant: true, ...(asksSourceForPoints ? { points: POINTS } : {}) };
  const ends = { group, source, destination };
  // Both at once: who is silent is known after one wait, not two.
  const [asked, unreached] = await Promise.all([
    settle(ask(source, { group, publicKey: key.publicJwk, wants }, io)),
    isOneCluster ? undefined : reach(destination),
  ]);
  if (asked.outcome === 'failed') {
    const { error } = asked;
    throw isSilent(error) && unreached !== undefined ? withoutBoth(error, unreached) : withoutSource(error, ends);
  }
  if (unreached !== undefined) throw withoutDestination(unreached, ends);
  const { answer } = asked;
  if (answer.grant === undefined) throw noGrant(source);
  const granted = { key, grant: answer.grant, claims: decodeGrant(answer.grant) };
  const { cluster, points = [], warnings = [] } = answer;
  if (isOneCluster) return { ...granted, destination: { kind: 'cluster', id: cluster.id }, cluster, points, warnings };
  if (choice.kind === 'place') {
    const clusterUnavailable = 'named by hand, with --to-cloud and --to-region';
    return { ...granted, destination: { ...choice, clusterUnavailable }, points, warnings: [] };
  }
  return askDestination(granted, source, destination, io, choice.expectedId);
};
