import type { Logger } from '../observability/logger.ts';
import type { Metrics } from '../observability/metrics.ts';

/** What a reconcile asks for: nothing, or to be run again later even if nothing changes. */
export interface ReconcileResult {
  readonly againInMs?: number;
}

export interface ControllerOptions {
  readonly name: string;
  /** Brings one object to where it should be. It may run twice, on any replica, and must read what it needs. */
  readonly reconcile: (key: string) => Promise<ReconcileResult>;
  readonly concurrency: number;
  readonly log: Logger;
  readonly metrics: Metrics;
}

const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 30_000;

/**
 * A queue of keys: each key is worked on by one reconcile at a time, a key that comes in meanwhile runs once more
 * afterwards, a failure runs again with growing pauses. Nothing is kept but the keys, so a restart loses nothing.
 */
export class Controller {
  readonly #options: ControllerOptions;
  readonly #waiting = new Set<string>();
  readonly #running = new Set<string>();
  readonly #again = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  #started = false;
  #stopped = false;
  #idle = Promise.withResolvers<void>();

  constructor(options: ControllerOptions) {
    this.#options = options;
  }

  /** Asks for a reconcile of a key; asking twice before it runs is asking once. */
  enqueue(key: string): void {
    if (this.#stopped) return;
    this.#clearTimer(key);
    if (this.#running.has(key)) this.#again.add(key);
    else this.#waiting.add(key);
    this.#work();
  }

  /** Begins to work; what was asked for before has been kept. */
  start(): void {
    this.#started = true;
    this.#work();
  }

  /** Takes no more work and resolves when what is running has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#waiting.clear();
    this.#again.clear();
    if (this.#running.size > 0) await this.#idle.promise;
  }

  #work(): void {
    if (!this.#started) return;
    for (const key of this.#waiting) {
      if (this.#running.size >= this.#options.concurrency) return;
      this.#waiting.delete(key);
      this.#running.add(key);
      void this.#runOne(key);
    }
  }

  async #runOne(key: string): Promise<void> {
    const { name, reconcile, log, metrics } = this.#options;
    try {
      const { againInMs } = await reconcile(key);
      this.#failures.delete(key);
      if (againInMs !== undefined) this.#later(key, againInMs);
    } catch (error) {
      const failures = (this.#failures.get(key) ?? 0) + 1;
      this.#failures.set(key, failures);
      const retryMs = Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LAST_RETRY_MS);
      metrics.reconcileErrors.inc({ controller: name });
      log.warn({ controller: name, failures, retryMs, err: error }, 'reconcile failed, trying again');
      this.#later(key, retryMs);
    }
    this.#running.delete(key);
    if (this.#again.delete(key)) this.enqueue(key);
    if (this.#stopped && this.#running.size === 0) this.#idle.resolve();
    this.#work();
  }

  #later(key: string, milliseconds: number): void {
    if (this.#stopped) return;
    this.#clearTimer(key);
    this.#timers.set(
      key,
      setTimeout(() => this.enqueue(key), milliseconds),
    );
  }

  #clearTimer(key: string): void {
    clearTimeout(this.#timers.get(key));
    this.#timers.delete(key);
  }
}
