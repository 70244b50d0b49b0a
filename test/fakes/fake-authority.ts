import { createHash, generateKeyPairSync } from 'node:crypto';
import type { ClusterKey } from '../../api/kinds/cluster-identity.ts';
import type { Cluster } from '../../api/kinds/group-parts.ts';
import type { PublicJwk } from '../../api/kinds/jwk.ts';
import {
  type AccessClaims,
  type AdoptedStampClaims,
  type AppGroupClaims,
  accessToken,
  adoptedStampToken,
  appGroupToken,
  type RecoveryClaims,
  recoveryToken,
  type SourceClusterClaims,
  type StampClaims,
  sourceClusterToken,
  stampToken,
  successionToken,
} from '../../api/tokens/kinds.ts';
import { type SigningKey, signingKeyOf, signToken } from '../../api/tokens/sign-token.ts';
import { clusterUrn, holderUrn } from '../../api/tokens/urns.ts';
import type { KeyLookup } from '../../api/tokens/verify-token.ts';

/** The instant at which every test stands still. */
export const NOW = new Date('2026-03-02T12:00:00Z');

/** Seconds since the epoch, `offset` seconds after {@link NOW}. */
export const secondsFromNow = (offset: number): number => Math.floor(NOW.getTime() / 1000) + offset;

/** A UID that looks like one of Kubernetes and is the same in every run. */
export const uidOf = (label: string): string => {
  const hex = createHash('sha256').update(label).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
};

/** A fresh P-256 key. */
export const newSigningKey = (): Promise<SigningKey> => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return signingKeyOf(privateKey.export({ format: 'jwk' }) as PublicJwk & { readonly d: string });
};

/** A cluster with the three keys of a catalogue, that signs genuinely whatever it is asked to. */
export class FakeCluster {
  readonly cluster: Cluster;
  readonly grantKey: SigningKey;
  readonly stampKey: SigningKey;
  readonly admissionKey: SigningKey;

  private constructor(cluster: Cluster, keys: readonly [SigningKey, SigningKey, SigningKey]) {
    this.cluster = cluster;
    [this.grantKey, this.stampKey, this.admissionKey] = keys;
  }

  static async create(name: string, place: Omit<Cluster, 'id'> = {}): Promise<FakeCluster> {
    const keys = await Promise.all([newSigningKey(), newSigningKey(), newSigningKey()]);
    return new FakeCluster({ id: uidOf(`cluster ${name}`), ...place }, keys);
  }

  get id(): string {
    return this.cluster.id;
  }

  get urn(): string {
    return clusterUrn(this.cluster.id);
  }

  /** Public halves as a peer's ClusterIdentity holds them. */
  publicKeys(state: ClusterKey['state'] = 'Active'): ClusterKey[] {
    return [
      { kid: this.grantKey.kid, use: 'Grant', state, jwk: this.grantKey.publicJwk },
      { kid: this.stampKey.kid, use: 'Stamp', state, jwk: this.stampKey.publicJwk },
    ];
  }

  issueGrant(claims: AppGroupClaims): Promise<string> {
    return signToken(appGroupToken, claims, this.grantKey);
  }

  issueSourceToken(claims: SourceClusterClaims): Promise<string> {
    return signToken(sourceClusterToken, claims, this.grantKey);
  }

  issueStamp(claims: StampClaims): Promise<string> {
    return signToken(stampToken, claims, this.stampKey);
  }

  issueAdoptedStamp(claims: AdoptedStampClaims): Promise<string> {
    return signToken(adoptedStampToken, claims, this.stampKey);
  }

  /** What its stamp key says of the one after it. */
  announce(next: SigningKey): Promise<string> {
    const claims = { iss: this.urn, iat: secondsFromNow(-60), jti: 'succession-1', use: 'Stamp' as const };
    return signToken(
      successionToken,
      { ...claims, predecessor: this.stampKey.kid, jwk: next.publicJwk },
      this.stampKey,
    );
  }

  issueRecoveryToken(claims: RecoveryClaims): Promise<string> {
    return signToken(recoveryToken, claims, this.admissionKey);
  }
}

/** Finds the keys of these clusters as a cluster does that trusts all of them, and nobody else. */
export const keysOf =
  (clusters: readonly FakeCluster[], use: ClusterKey['use'], state: ClusterKey['state'] = 'Active') =>
  (issuer: string, kid: string): KeyLookup => {
    const cluster = clusters.find(({ urn }) => urn === issuer);
    const key = cluster?.publicKeys(state).find(candidate => candidate.kid === kid && candidate.use === use);
    if (key === undefined) return { outcome: 'unknown', because: 'no cluster of the test has it' };
    return state === 'Revoked' ? { outcome: 'revoked' } : { outcome: 'trusted', jwk: key.jwk };
  };

/** The plugin's side: an ephemeral key and what it signs. */
export class FakeHolder {
  readonly key: SigningKey;

  private constructor(key: SigningKey) {
    this.key = key;
  }

  static async create(): Promise<FakeHolder> {
    return new FakeHolder(await newSigningKey());
  }

  get urn(): string {
    return holderUrn(this.key.kid);
  }

  signAccess(claims: AccessClaims): Promise<string> {
    return signToken(accessToken, claims, this.key);
  }
}
