import { KubeConfig } from '@kubernetes/client-node';
import { exportJWK, generateKeyPair } from 'jose';
import { digestOf, randomName, recoveryName } from '../../api/digest.ts';
import { type AccessRequest, type AccessRequestSpec, ANSWERED } from '../../api/kinds/access-request.ts';
import { findCondition } from '../../api/kinds/condition.ts';
import type { Destination } from '../../api/kinds/group-parts.ts';
import type { PublicJwk } from '../../api/kinds/jwk.ts';
import type { Stored } from '../../api/kinds/object-meta.ts';
import { RECOVERY_CONDITIONS, type Recovery, type RestoreChoice } from '../../api/kinds/recovery.ts';
import { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { createTransport } from '../../api/kubernetes/transport.ts';
import { GROUP_VERSION, REQUESTS_NAMESPACE } from '../../api/names.ts';
import { decodeGrant } from '../../api/tokens/grant.ts';
import { type AccessClaims, accessToken } from '../../api/tokens/kinds.ts';
import { type SigningKey, signingKeyOf, signToken } from '../../api/tokens/sign-token.ts';
import { clusterUrn, holderUrn } from '../../api/tokens/urns.ts';
import { waitUntil } from '../clusters/wait-until.ts';

/** A client with the login of a kubeconfig. */
export const clientOf = (kubeconfigPath: string): KubeClient => {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfigPath);
  return new KubeClient(createTransport(config, { userAgent: 'kubectl-recover-tests' }));
};

/** An ephemeral key as the plugin makes one. */
export const ephemeralKey = async (): Promise<SigningKey> => {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  return signingKeyOf((await exportJWK(privateKey)) as PublicJwk & { readonly d: string });
};

export const WHOLE_GROUP: RestoreChoice = { volumes: 'Restore', existingResources: 'Keep' };

/** Asks the catalogue and returns the answered request, granted or refused. */
export const ask = async (client: KubeClient, spec: AccessRequestSpec): Promise<Stored<AccessRequest>> => {
  const made = await client.create(OWN.accessRequests, {
    apiVersion: GROUP_VERSION,
    kind: 'AccessRequest',
    metadata: { name: randomName(), namespace: REQUESTS_NAMESPACE },
    spec,
  });
  let answer = made;
  await waitUntil(
    'an answer to the AccessRequest',
    async () => {
      answer = await client.get(OWN.accessRequests, made.metadata);
      return findCondition(answer.status?.conditions, ANSWERED) !== undefined;
    },
    { timeoutSeconds: 60, everyMilliseconds: 25 },
  );
  return answer;
};

/** A grant and the key it was given to. */
export interface HeldGrant {
  readonly key: SigningKey;
  readonly grant: string;
  readonly sub: string;
  readonly expirySeconds: number;
  readonly source: string;
  readonly destinations: readonly Destination[];
}

export const getGrant = async (client: KubeClient, group: string): Promise<HeldGrant> => {
  const key = await ephemeralKey();
  const answer = await ask(client, { group, publicKey: key.publicJwk, wants: { grant: true } });
  const grant = answer.status?.grant;
  if (grant === undefined) throw new Error(`no grant: ${JSON.stringify(answer.status?.conditions)}`);
  const claims = decodeGrant(grant);
  return {
    key,
    grant,
    sub: claims.sub,
    expirySeconds: claims.exp,
    source: claims.cluster.id,
    destinations: claims.destinations ?? [],
  };
};

export interface RegistrationInput {
  readonly held: HeldGrant;
  readonly backup: string;
  readonly destination: string;
  readonly restore?: RestoreChoice;
  /** Claims that are other than an honest plugin would sign. */
  readonly claims?: Partial<AccessClaims>;
  /** What is asked for, if it is other than what was signed. */
  readonly asked?: RestoreChoice;
  readonly reason?: string;
}

/** The Recovery that registers a recovery, as the plugin makes it; `claims` and `asked` let a test lie. */
export const recoveryFor = async (input: RegistrationInput): Promise<Recovery> => {
  const { held, backup, destination, restore = WHOLE_GROUP } = input;
  const jti = randomName();
  const token = await signToken(
    accessToken,
    {
      iss: holderUrn(held.key.kid),
      sub: held.sub,
      aud: clusterUrn(destination),
      iat: Math.floor(Date.now() / 1000),
      exp: held.expirySeconds,
      jti,
      point: { backup, source: held.source },
      destination: { cluster: destination },
      restoreDigest: digestOf(restore),
      grant: held.grant,
      ...input.claims,
    },
    held.key,
  );
  return {
    apiVersion: GROUP_VERSION,
    kind: 'Recovery',
    metadata: { name: recoveryName(jti), namespace: REQUESTS_NAMESPACE },
    spec: {
      accessToken: token,
      restore: input.asked ?? restore,
      ...(input.reason === undefined ? {} : { reason: input.reason }),
    },
  };
};

/** Waits until a condition of a Recovery is decided and returns the Recovery. */
export const waitForCondition = async (
  client: KubeClient,
  recovery: Pick<Stored<Recovery>, 'metadata'>,
  type: keyof typeof RECOVERY_CONDITIONS,
  timeoutSeconds = 60,
): Promise<Stored<Recovery>> => {
  let current: Stored<Recovery> | undefined;
  await waitUntil(
    `condition ${type} of the Recovery`,
    async () => {
      current = await client.get(OWN.recoveries, recovery.metadata);
      const condition = findCondition(current.status?.conditions, RECOVERY_CONDITIONS[type]);
      return condition?.status === 'True' || condition?.status === 'False';
    },
    { timeoutSeconds, everyMilliseconds: 50 },
  );
  if (current === undefined) throw new Error('the Recovery was never read');
  return current;
};
