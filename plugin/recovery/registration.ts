import { digestOf, randomName, recoveryName } from '../../api/digest.ts';
import type { PointAnswer } from '../../api/kinds/access-request.ts';
import type { Recovery, RestoreChoice } from '../../api/kinds/recovery.ts';
import { GROUP_VERSION, REQUESTS_NAMESPACE } from '../../api/names.ts';
import { accessToken } from '../../api/tokens/kinds.ts';
import { signToken } from '../../api/tokens/sign-token.ts';
import { holderUrn } from '../../api/tokens/urns.ts';
import { destinationClaims, type NamedDestination } from './destination.ts';
import type { Proof } from './get-proof.ts';

export interface RegistrationInput {
  readonly proof: Pick<Proof, 'key' | 'grant' | 'claims'>;
  readonly point: Pick<PointAnswer, 'backup' | 'source'>;
  readonly destination: NamedDestination;
  /** ID of the access token, where its grant is bound to one; absent: a random one. */
  readonly accessTokenId?: string | undefined;
  readonly restore: RestoreChoice;
  readonly reason?: string | undefined;
  readonly workloadTimeoutSeconds: number;
  readonly now: Date;
}

/** The Recovery that registers it: the access token, signed with the key of the proof, and what is asked for. */
export const registrationOf = async (input: RegistrationInput): Promise<Recovery> => {
  const { proof, point, destination, restore, reason, workloadTimeoutSeconds, now } = input;
  const jti = input.accessTokenId ?? randomName();
  const token = await signToken(
    accessToken,
    {
      iss: holderUrn(proof.key.kid),
      sub: proof.claims.sub,
      ...destinationClaims(destination),
      iat: Math.floor(now.getTime() / 1000),
      exp: proof.claims.exp,
      jti,
      point: { backup: point.backup, source: point.source },
      restoreDigest: digestOf(restore),
      grant: proof.grant,
    },
    proof.key,
  );
  return {
    apiVersion: GROUP_VERSION,
    kind: 'Recovery',
    metadata: { name: recoveryName(jti), namespace: REQUESTS_NAMESPACE },
    spec: { accessToken: token, restore, workloadTimeoutSeconds, ...(reason === undefined ? {} : { reason }) },
  };
};
