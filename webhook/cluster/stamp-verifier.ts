import { createHash } from 'node:crypto';
import type { TSchema } from 'typebox';
import { RecoverError } from '../../api/recover-error.ts';
import { type AdoptedStampClaims, adoptedStampToken, type StampClaims, stampToken } from '../../api/tokens/kinds.ts';
import type { TokenKind } from '../../api/tokens/token-kind.ts';
import { clusterOfUrn, clusterUrn } from '../../api/tokens/urns.ts';
import { type KeyLookup, verifyToken } from '../../api/tokens/verify-token.ts';
import { selectionDigest } from '../../api/velero/selection-digest.ts';
import type { StampVerdict } from '../state/cluster-state.ts';
import type { BackupView } from '../state/views.ts';

export interface StampVerifierOptions {
  /** This cluster, the only one whose adopted stamps count here. */
  readonly clusterId: string;
  readonly stampKey: (issuer: string, kid: string) => KeyLookup;
  readonly clock: () => number;
}

/** At most this many verdicts are remembered; the oldest go first. */
const MEMORY = 20_000;

const sameInstant = (a: string, b: string | null | undefined): boolean => !!b && Date.parse(a) === Date.parse(b);

/** What of a genuine stamp does not fit the Backup that carries it; a stamp can be copied by whoever writes a bucket. */
const misfit = (claims: StampClaims, backup: BackupView): string | undefined => {
  if (claims.backup.name !== backup.name) return 'it is of another backup';
  if (!sameInstant(claims.backup.startTime, backup.status.startTimestamp)) return 'it is of another run of this backup';
  if (claims.backup.selection !== selectionDigest(backup.selection)) return 'the backup selects something else now';
  return undefined;
};

/** What is wrong with a stamp of the cluster that made the backup. */
export const stampMisfit = (claims: StampClaims, backup: BackupView): string | undefined =>
  clusterOfUrn(claims.iss) === claims.cluster.id
    ? misfit(claims, backup)
    : 'it names another cluster than the one that signed it';

/** What stands for a stamp where another one vouches for it. */
export const digestOfStamp = (stamp: string): string => `sha256:${createHash('sha256').update(stamp).digest('hex')}`;

const adoptedMisfit = ({ adoption, ...claims }: AdoptedStampClaims, backup: BackupView): string | undefined => {
  const carried = backup.stamp === undefined ? undefined : digestOfStamp(backup.stamp);
  if (adoption.stamp !== undefined && adoption.stamp !== carried) return 'it vouches for another stamp';
  return misfit(claims, backup);
};

/**
 * Verifies stamps against the Backups that carry them, each once: signatures are remembered by their bytes until
 * the trusted keys change.
 */
export class StampVerifier {
  readonly #options: StampVerifierOptions;
  readonly #signatures = new Map<string, Promise<unknown>>();

  constructor(options: StampVerifierOptions) {
    this.#options = options;
  }

  /** Forgets every verdict, since keys were added, retired or revoked. */
  keysChanged(): void {
    this.#signatures.clear();
  }

  /**
   * A stamp of the backup's own cluster comes first; only where none counts, what this cluster said of it later does.
   * @throws RecoverError `StateUnavailable` where nobody can tell which keys are trusted.
   */
  async verdictOf(backup: BackupView): Promise<StampVerdict> {
    const stamped = await this.#stampVerdict(backup);
    if (stamped.outcome === 'valid' || backup.adoptedStamp === undefined) return stamped;
    const adopted = await this.#adoptedVerdict(backup, backup.adoptedStamp);
    return adopted.outcome === 'valid' || stamped.outcome === 'none' ? adopted : stamped;
  }

  async #stampVerdict(backup: BackupView): Promise<StampVerdict> {
    if (backup.stamp === undefined) return { outcome: 'none' };
    const claims = await this.#remembered<StampClaims>(stampToken, backup.stamp, this.#options.stampKey);
    if (typeof claims === 'string') return { outcome: 'invalid', message: claims };
    const message = stampMisfit(claims, backup);
    return message === undefined
      ? { outcome: 'valid', claims, issuer: claims.cluster.id }
      : { outcome: 'invalid', message };
  }

  async #adoptedVerdict(backup: BackupView, adoptedStamp: string): Promise<StampVerdict> {
    const { clusterId, stampKey } = this.#options;
    const claims = await this.#remembered<AdoptedStampClaims>(adoptedStampToken, adoptedStamp, (issuer, kid) =>
      issuer === clusterUrn(clusterId)
        ? stampKey(issuer, kid)
        : { outcome: 'unknown', because: 'it was adopted in another cluster, and counts only there' },
    );
    if (typeof claims === 'string') return { outcome: 'invalid', message: claims };
    const message = adoptedMisfit(claims, backup);
    if (message !== undefined) return { outcome: 'invalid', message };
    const { adoption, ...stamp } = claims;
    return { outcome: 'valid', claims: stamp, issuer: stamp.cluster.id, adoption };
  }

  #remembered<Claims>(kind: TokenKind<TSchema>, token: string, key: StampVerifierOptions['stampKey']) {
    const digest = `${kind.typ} ${createHash('sha256').update(token).digest('base64url')}`;
    const known = this.#signatures.get(digest) as Promise<Claims | string> | undefined;
    if (known) return known;
    const verified = this.#verify(kind, token, key) as Promise<Claims | string>;
    this.#signatures.set(digest, verified);
    // That it could not be told is no verdict, and is not remembered as one.
    verified.catch(() => {
      if (this.#signatures.get(digest) === verified) this.#signatures.delete(digest);
    });
    if (this.#signatures.size > MEMORY) {
      const [oldest] = this.#signatures.keys();
      if (oldest !== undefined) this.#signatures.delete(oldest);
    }
    return verified;
  }

  async #verify(kind: TokenKind<TSchema>, token: string, key: StampVerifierOptions['stampKey']): Promise<unknown> {
    try {
      return await verifyToken(kind, token, { key, now: new Date(this.#options.clock()) });
    } catch (error) {
      if (error instanceof RecoverError && error.code !== 'StateUnavailable') return error.message;
      throw error;
    }
  }
}
