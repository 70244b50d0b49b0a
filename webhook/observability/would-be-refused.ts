import { isAlreadyExists, isConflict } from '../../api/kubernetes/api-error.ts';
import { CORE, type ConfigMap } from '../../api/kubernetes/core-types.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { CATALOGUE_NAMESPACE, WOULD_BE_REFUSED } from '../../api/names.ts';
import { RecoverError } from '../../api/recover-error.ts';
import {
  mergeWouldBeRefused,
  parseWouldBeRefused,
  type WouldBeRefused,
  writeWouldBeRefused,
} from '../../api/would-be-refused.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';

export interface Sighting {
  readonly user: string;
  /** The write, as `create restores`. */
  readonly what: string;
  readonly wall: 1 | 2 | 3;
}

export interface SightingsOptions {
  readonly client: KubeClient;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly clock: () => number;
}

/** Another replica writes the same object; so often we read again before we wait for the next round. */
const ATTEMPTS = 5;

const at = { namespace: CATALOGUE_NAMESPACE, name: WOULD_BE_REFUSED };

/**
 * Who would have been refused in mode Enforce, and how often: seen in admission, kept in memory for some seconds, then
 * added to a ConfigMap that outlives replicas. It is bounded in days and entries; a replica that dies takes with it what
 * it saw in its last seconds.
 */
export class Sightings {
  readonly #options: SightingsOptions;
  #pending: readonly WouldBeRefused[] = [];

  constructor(options: SightingsOptions) {
    this.#options = options;
  }

  add({ user, what, wall }: Sighting): void {
    const now = new Date(this.#options.clock());
    const seen = { day: now.toISOString().slice(0, 10), user, what, wall, count: 1, last: now.toISOString() };
    this.#pending = mergeWouldBeRefused(this.#pending, [seen], now);
    this.#options.metrics.wouldBeRefused.inc({ wall: String(wall) });
  }

  /** Adds what was seen since the last time to the ConfigMap; what cannot be written is kept for the next time. */
  async write(): Promise<void> {
    const taken = this.#pending;
    if (taken.length === 0) return;
    this.#pending = [];
    try {
      await this.#store(taken);
    } catch (error) {
      this.#pending = mergeWouldBeRefused(taken, this.#pending, new Date(this.#options.clock()));
      throw error;
    }
  }

  async #store(taken: readonly WouldBeRefused[]): Promise<void> {
    const { client, clock } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      const present = await client.find(CORE.configMaps, at);
      const entries = mergeWouldBeRefused(this.#read(present), taken, new Date(clock()));
      const data = writeWouldBeRefused(entries);
      try {
        if (present) await client.replace(CORE.configMaps, { ...present, data });
        else await client.create(CORE.configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: at, data });
        return;
      } catch (error) {
        if (attempt === ATTEMPTS || !(isConflict(error) || isAlreadyExists(error))) throw error;
      }
    }
  }

  /** Nothing is decided by it, so one that somebody broke is begun anew. */
  #read(present: ConfigMap | undefined): readonly WouldBeRefused[] {
    try {
      return parseWouldBeRefused(present);
    } catch (error) {
      if (!(error instanceof RecoverError)) throw error;
      this.#options.log.warn({ code: error.code, reason: error.message }, 'record begun anew');
      return [];
    }
  }
}
