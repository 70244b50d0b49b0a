import { createHash } from 'node:crypto';
import { RecoverError } from '../../api/recover-error.ts';
import { type StampClaims, stampToken } from '../../api/tokens/kinds.ts';
import { clusterOfUrn } from '../../api/tokens/urns.ts';
import { type KeyLookup, verifyToken } from '../../api/tokens/verify-token.ts';
import { selectionDigest } from '../../api/velero/selection-digest.ts';
import type { StampVerdict } from '../state/cluster-state.ts';
import type { BackupView } from '../state/views.ts';

export interface StampVerifierOptions {
  readonly stampKey: (issuer: string, kid: string) => KeyLookup;
  readonly clock: () => number;
}

/** At most this many verdicts are remembered; the oldest go first. */
const MEMORY = 20_000;

const sameInstant = (a: string, b: string | null | undefined): boolean => !!b && Date.parse(a) === Date.parse(b);

/** What of a genuine stamp does not fit the Backup that carries it; a stamp can be copied by whoever writes a bucket. */
const misfit = (claims: StampClaims, backup: BackupView): string | undefined => {
  if (clusterOfUrn(claims.iss) !== claims.cluster.id) return 'it names another cluster than the one that signed it';
  if (claims.backup.name !== backup.name) return 'it is of another backup';
  if (!sameInstant(claims.backup.startTime, backup.status.startTimestamp)) return 'it is of another run of this backup';
  if (claims.backup.selection !== selectionDigest(backup.selection)) return 'the backup selects something else now';
  return undefined;
};

/**
 * Verifies stamps against the Backups that carry them, each once: signatures are remembered by their bytes until
 * the trusted keys change.
 */
export class StampVerifier {
  readonly #options: StampVerifierOptions;
  readonly #signatures = new Map<string, Promise<StampClaims | string>>();

  constructor(options: StampVerifierOptions) {
    this.#options = options;
  }

  /** Forgets every verdict, since keys were added, retired or revoked. */
  keysChanged(): void {
    this.#signatures.clear();
  }

  /** @throws RecoverError `StateUnavailable` where nobody can tell which keys are trusted. */
  async verdictOf(backup: BackupView): Promise<StampVerdict> {
    if (backup.stamp === undefined) return { outcome: 'none' };
    const claims = await this.#claimsOf(backup.stamp);
    if (typeof claims === 'string') return { outcome: 'invalid', message: claims };
    const message = misfit(claims, backup);
    return message === undefined
      ? { outcome: 'valid', claims, issuer: claims.cluster.id }
      : { outcome: 'invalid', message };
  }

  #claimsOf(stamp: string): Promise<StampClaims | string> {
    const key = createHash('sha256').update(stamp).digest('base64url');
    const known = this.#signatures.get(key);
    if (known) return known;
    const verified = this.#verify(stamp);
    this.#signatures.set(key, verified);
    // That it could not be told is no verdict, and is not remembered as one.
    verified.catch(() => {
      if (this.#signatures.get(key) === verified) this.#signatures.delete(key);
    });
    if (this.#signatures.size > MEMORY) {
      const [oldest] = this.#signatures.keys();
      if (oldest !== undefined) this.#signatures.delete(oldest);
    }
    return verified;
  }

  async #verify(stamp: string): Promise<StampClaims | string> {
    try {
      return await verifyToken(stampToken, stamp, {
        key: this.#options.stampKey,
        now: new Date(this.#options.clock()),
      });
    } catch (error) {
      if (error instanceof RecoverError && error.code !== 'StateUnavailable') return error.message;
      throw error;
    }
  }
}
