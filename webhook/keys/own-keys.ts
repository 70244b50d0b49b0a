import { randomName } from '../../api/digest.ts';
import type { ClusterIdentity, ClusterKey } from '../../api/kinds/cluster-identity.ts';
import { isConflict } from '../../api/kubernetes/api-error.ts';
import { CORE } from '../../api/kubernetes/core-types.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { successionToken } from '../../api/tokens/kinds.ts';
import { type SigningKey, signToken } from '../../api/tokens/sign-token.ts';
import { clusterUrn } from '../../api/tokens/urns.ts';
import type { KeyLookup } from '../../api/tokens/verify-token.ts';
import type { Logger } from '../observability/logger.ts';
import { advanceKeys, KEYS_STALE_MS } from './advance-keys.ts';
import type { KeyRing } from './key-ring.ts';
import { KEY_USES, type KeyUse, USE_NAMES } from './key-use.ts';
import { type ClusterKeys, type LoadedKeys, loadKeys } from './load-keys.ts';

export interface OwnKeysOptions {
  readonly client: KubeClient;
  readonly clusterId: string;
  readonly log: Logger;
  readonly clock: () => number;
}

/** What an operator has said of the keys of this cluster. */
export type OwnKeyWishes = Pick<ClusterIdentity['spec'], 'keyRotation' | 'keys'>;

const publicHalves = ({ signing, created, next, retired }: KeyRing, use: ClusterKey['use']): ClusterKey[] => [
  { kid: signing.kid, use, state: 'Active', jwk: signing.publicJwk, since: created },
  ...(next === undefined
    ? []
    : [{ kid: next.key.kid, use, state: 'Announced' as const, jwk: next.key.publicJwk, since: next.created }]),
  ...retired.map(({ kid, jwk, created: since }) => ({ kid, use, state: 'Retired' as const, jwk, since })),
];

/**
 * The keys of this cluster, read again and again since another replica may have rotated them. While they have not been
 * read for half a minute, nothing is signed and nothing of this cluster is verified: a replica that lags behind would
 * refuse what the others sign.
 */
export class OwnKeys {
  readonly #options: OwnKeysOptions;
  #keys: ClusterKeys;
  #readAtMs: number;
  readonly #told = new Set<string>();

  private constructor(options: OwnKeysOptions, keys: ClusterKeys, readAtMs: number) {
    this.#options = options;
    this.#keys = keys;
    this.#readAtMs = readAtMs;
  }

  /** @throws RecoverError `InternalError` for a Secret that holds no key */
  static async load(options: OwnKeysOptions): Promise<OwnKeys> {
    const now = options.clock();
    return new OwnKeys(options, await loadKeys(options.client, new Date(now)), now);
  }

  isFresh(): boolean {
    return this.#options.clock() - this.#readAtMs < KEYS_STALE_MS;
  }

  /** The key to sign with now. @throws RecoverError `StateUnavailable` */
  signing(use: KeyUse): SigningKey {
    return this.#ring(use).signing;
  }

  /** Public halves as peers hold them, of those that sign, will sign and have signed. The admission key never leaves. */
  publicKeys(): ClusterKey[] {
    return (['grant', 'stamp'] as const).flatMap(use => publicHalves(this.#ring(use), USE_NAMES[use]));
  }

  admissionKey(kid: string): KeyLookup {
    const { signing, next, retired } = this.#ring('admission');
    const known = [
      { kid: signing.kid, jwk: signing.publicJwk },
      ...(next === undefined ? [] : [{ kid: next.key.kid, jwk: next.key.publicJwk }]),
      ...retired,
    ].find(key => key.kid === kid);
    return known === undefined
      ? { outcome: 'unknown', because: 'it is signed by another key than those of this catalogue' }
      : { outcome: 'trusted', jwk: known.jwk };
  }

  /** Succession statements for other clusters, oldest first. */
  statements(): readonly string[] {
    return [...this.#ring('grant').statements, ...this.#ring('stamp').statements];
  }

  /**
   * Reads the keys again and takes the next step of a rotation, if one is due. Tells whether the keys are others now.
   * @throws ApiError, UnreachableError; the keys stay as they were read before
   */
  async refresh(wishes: OwnKeyWishes | undefined): Promise<boolean> {
    const before = this.#keys;
    const now = this.#options.clock();
    const read = await this.#read(now);
    if (wishes !== undefined) {
      const stepped = await Promise.all(KEY_USES.map(use => this.#advance(use, read[use], wishes, now)));
      if (stepped.includes(true)) await this.#read(now);
    }
    return KEY_USES.some(
      use => before[use].secret.metadata.resourceVersion !== this.#keys[use].secret.metadata.resourceVersion,
    );
  }

  async #read(now: number): Promise<ClusterKeys> {
    this.#keys = await loadKeys(this.#options.client, new Date(now));
    this.#readAtMs = now;
    return this.#keys;
  }

  async #advance(use: KeyUse, keys: LoadedKeys, wishes: OwnKeyWishes, now: number): Promise<boolean> {
    const { client, log } = this.#options;
    const step = await advanceKeys({
      use,
      keys,
      rotation: wishes.keyRotation,
      revoked: new Set((wishes.keys ?? []).filter(({ state }) => state === 'Revoked').map(({ kid }) => kid)),
      announce: use === 'admission' ? undefined : (by, next) => this.#announce(USE_NAMES[use], by, next, now),
      now: new Date(now),
    });
    if (step.kind === 'none') return false;
    if (step.kind === 'full') {
      const key = `${use} ${wishes.keyRotation?.requestedAt}`;
      if (!this.#told.has(key)) log.error({ use }, 'keys are not rotated: as many retired ones are kept as can be');
      this.#told.add(key);
      return false;
    }
    try {
      await client.replace(CORE.secrets, step.secret);
      log.warn({ use, step: step.kind, kid: step.kid }, 'keys rotated');
    } catch (error) {
      // Another replica has taken this step; its keys are read instead.
      if (!isConflict(error)) throw error;
    }
    return true;
  }

  #announce(use: ClusterKey['use'], by: SigningKey, next: SigningKey, now: number): Promise<string> {
    const claims = {
      iss: clusterUrn(this.#options.clusterId),
      iat: Math.floor(now / 1000),
      jti: randomName(),
      use,
      predecessor: by.kid,
      jwk: next.publicJwk,
    };
    return signToken(successionToken, claims, by);
  }

  #ring(use: KeyUse): KeyRing {
    if (this.isFresh()) return this.#keys[use].ring;
    throw new RecoverError({
      code: 'StateUnavailable',
      message: 'the catalogue has not read its keys for a while and refuses rather than guess',
      mend: 'try again shortly; an operator looks at the connection of the catalogue to the API server',
    });
  }
}
