import type { PointAnswer } from '../../api/kinds/access-request.ts';
import type { Cluster } from '../../api/kinds/group-parts.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { decodeGrant, type GrantClaims } from '../../api/tokens/grant.ts';
import type { SigningKey } from '../../api/tokens/sign-token.ts';
import { ask } from '../cluster/ask.ts';
import type { ClusterAccess } from '../cluster/connect.ts';
import type { Io } from '../io.ts';
import { Refusal } from '../refusal.ts';
import { makeEphemeralKey } from './ephemeral-key.ts';

/** A grant, the key that it was given to, and the points that the destination has for it. */
export interface Proof {
  readonly key: SigningKey;
  readonly grant: string;
  readonly claims: GrantClaims;
  readonly destination: Cluster;
  readonly points: readonly PointAnswer[];
}

const POINTS = { limit: 500 } as const;

const noGrant = (access: ClusterAccess): RecoverError =>
  new RecoverError({ code: 'InternalError', message: `cluster "${access.context}" answered without a grant` });

const trustHint = (error: unknown, source: ClusterAccess, destination: ClusterAccess): unknown => {
  if (!(error instanceof Refusal) || error.code !== 'TokenUntrusted') return error;
  return new RecoverError(
    {
      code: 'PeerNotTrusted',
      message: `cluster "${destination.context}" does not trust cluster "${source.context}": ${error.failedChecks[0]?.message}`,
      mend: `an operator of "${destination.context}" runs: kubectl recover cluster trust --from-context ${source.context} --context ${destination.context}`,
    },
    { cause: error },
  );
};

/**
 * Gets the grant from the source and the points from the destination. In one cluster it is one question; between
 * two, the destination learns the group from the grant alone.
 * @throws RecoverError of either cluster; `PeerNotTrusted`
 */
export const getProof = async (
  group: string,
  source: ClusterAccess,
  destination: ClusterAccess,
  io: Io,
): Promise<Proof> => {
  const key = await makeEphemeralKey();
  const publicKey = key.publicJwk;
  const isOneCluster = source === destination;
  const wants = { grant: true, ...(isOneCluster ? { points: POINTS } : {}) };
  const granted = await ask(source, { group, publicKey, wants }, io);
  if (granted.grant === undefined) throw noGrant(source);
  const claims = decodeGrant(granted.grant);
  const proof = { key, grant: granted.grant, claims };
  if (isOneCluster) return { ...proof, destination: granted.cluster, points: granted.points ?? [] };
  try {
    const listed = await ask(destination, { publicKey, grant: granted.grant, wants: { points: POINTS } }, io);
    return { ...proof, destination: listed.cluster, points: listed.points ?? [] };
  } catch (error) {
    throw trustHint(error, source, destination);
  }
};
