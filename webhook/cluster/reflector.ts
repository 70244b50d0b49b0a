import type { KubeObject, Stored } from '../../api/kinds/object-meta.ts';
import { ApiError } from '../../api/kubernetes/api-error.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { pathOf, type ResourceType } from '../../api/kubernetes/resource-type.ts';
import type { Logger } from '../observability/logger.ts';
import type { Metrics } from '../observability/metrics.ts';
import { jsonLines } from './json-lines.ts';

export type Change<Kept> =
  | { readonly type: 'set'; readonly key: string; readonly value: Kept }
  | { readonly type: 'gone'; readonly key: string; readonly value: Kept };

export interface ReflectorOptions<Resource extends KubeObject, Kept> {
  readonly client: KubeClient;
  readonly type: ResourceType<Resource>;
  /** Only this namespace. Absent: all. */
  readonly namespace?: string;
  /** What is kept of each object; the rest is not held in memory. */
  readonly keep: (object: Stored<Resource>) => Kept;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly clock: () => number;
}

interface Entry<Kept> {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly value: Kept;
}

interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: KubeObject & { readonly code?: number; readonly message?: string };
}

/** The API server sends a bookmark about each minute; this long without a word and the connection is dead. */
const SILENCE_MS = 130_000;
/** How long a broken watch may be mended before what is held counts as stale. */
const GRACE_MS = 10_000;
const SHORT_WATCH_MS = 1_000;
const FIRST_BACKOFF_MS = 100;
const LAST_BACKOFF_MS = 10_000;

const keyOf = (object: KubeObject): string =>
  object.metadata.namespace === undefined
    ? object.metadata.name
    : `${object.metadata.namespace}/${object.metadata.name}`;

/**
 * A copy of one resource type, kept true by list and watch: it resumes at the last version it saw, asks for
 * bookmarks so that a quiet resource keeps its place, lists anew when the place is lost (410), and knows when it
 * has not heard from the API server for too long. An object that was deleted and made anew shows up as gone and
 * set, not as changed.
 */
export class Reflector<Resource extends KubeObject, Kept> {
  readonly #options: ReflectorOptions<Resource, Kept>;
  readonly #entries = new Map<string, Entry<Kept>>();
  readonly #listeners: ((change: Change<Kept>) => void)[] = [];
  readonly #stop = new AbortController();
  readonly #firstList = Promise.withResolvers<void>();
  #resourceVersion: string | undefined;
  #lastHeardMs = 0;
  #synced = false;
  #loop: Promise<void> | undefined;

  constructor(options: ReflectorOptions<Resource, Kept>) {
    this.#options = options;
  }

  /** Starts to list and watch; resolves when the first list is there. */
  start(): Promise<void> {
    this.#loop ??= this.#run();
    return this.#firstList.promise;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
  }

  /** Called for every change, those of the first list included. A listener must not throw. */
  onChange(listener: (change: Change<Kept>) => void): void {
    this.#listeners.push(listener);
  }

  get(key: string): Kept | undefined {
    return this.#entries.get(key)?.value;
  }

  *values(): Generator<Kept> {
    for (const entry of this.#entries.values()) yield entry.value;
  }

  get size(): number {
    return this.#entries.size;
  }

  get resource(): string {
    return this.#options.type.plural;
  }

  /** Milliseconds since the API server was last heard of. */
  ageMs(): number {
    return this.#options.clock() - this.#lastHeardMs;
  }

  /** Whether decisions may rest on what is held. */
  isFresh(): boolean {
    return this.#synced && this.ageMs() < SILENCE_MS + GRACE_MS && !this.#isBrokenForLong();
  }

  #brokenSinceMs: number | undefined;

  #isBrokenForLong(): boolean {
    return this.#brokenSinceMs !== undefined && this.#options.clock() - this.#brokenSinceMs > GRACE_MS;
  }

  #heard(): void {
    this.#lastHeardMs = this.#options.clock();
    this.#brokenSinceMs = undefined;
  }

  async #run(): Promise<void> {
    let backoffMs = FIRST_BACKOFF_MS;
    while (!this.#stop.signal.aborted) {
      try {
        if (this.#resourceVersion === undefined) await this.#list();
        const startedMs = this.#options.clock();
        await this.#watch();
        // An API server that shuts down ends each watch as soon as it began.
        if (this.#options.clock() - startedMs < SHORT_WATCH_MS) await pause(backoffMs, this.#stop.signal);
        backoffMs = FIRST_BACKOFF_MS;
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        this.#brokenSinceMs ??= this.#options.clock();
        if (error instanceof ApiError && error.statusCode === 410) {
          this.#resourceVersion = undefined;
          continue;
        }
        this.#options.log.warn({ resource: this.resource, err: error, backoffMs }, 'watch broke, trying again');
        await pause(backoffMs * (0.5 + Math.random()), this.#stop.signal);
        backoffMs = Math.min(backoffMs * 2, LAST_BACKOFF_MS);
      }
    }
  }

  async #list(): Promise<void> {
    const { client, type, namespace, metrics } = this.#options;
    if (this.#synced) metrics.watchRelists.inc({ resource: this.resource });
    const seen = new Set<string>();
    let continueToken: string | undefined;
    let resourceVersion: string;
    do {
      const page = await client.list(type, {
        namespace,
        limit: 500,
        ...(continueToken === undefined ? {} : { continueToken }),
      });
      for (const object of page.items) {
        seen.add(keyOf(object));
        this.#set(object);
      }
      resourceVersion = page.metadata.resourceVersion;
      continueToken = page.metadata.continue === '' ? undefined : page.metadata.continue;
    } while (continueToken !== undefined);
    for (const key of [...this.#entries.keys()]) if (!seen.has(key)) this.#drop(key);
    this.#resourceVersion = resourceVersion;
    this.#heard();
    this.#synced = true;
    this.#firstList.resolve();
  }

  async #watch(): Promise<void> {
    const { client, type, namespace } = this.#options;
    const query = new URLSearchParams({
      watch: '1',
      allowWatchBookmarks: 'true',
      resourceVersion: this.#resourceVersion ?? '',
      timeoutSeconds: String(300 + Math.floor(Math.random() * 300)),
    });
    const silence = new AbortController();
    const timer = setTimeout(() => silence.abort(new Error('no word from the API server')), SILENCE_MS);
    timer.unref();
    try {
      const signal = AbortSignal.any([this.#stop.signal, silence.signal]);
      const stream = await client.stream(`${pathOf(type, { namespace })}?${query}`, signal);
      this.#heard();
      for await (const event of jsonLines<WatchEvent>(stream)) {
        timer.refresh();
        this.#heard();
        this.#apply(event);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  #apply(event: WatchEvent): void {
    if (event.type === 'ERROR') {
      throw new ApiError(event.object.code ?? 500, '', event.object.message ?? 'the watch ended with an error');
    }
    // What the CRD or Kubernetes has checked on the way in.
    const object = event.object as Stored<Resource>;
    if (event.type === 'DELETED') this.#drop(keyOf(object));
    else if (event.type !== 'BOOKMARK') this.#set(object);
    this.#resourceVersion = object.metadata.resourceVersion;
  }

  #set(object: Stored<Resource>): void {
    const key = keyOf(object);
    const { uid, resourceVersion } = object.metadata;
    const previous = this.#entries.get(key);
    if (previous?.uid === uid && previous.resourceVersion === resourceVersion) return;
    if (previous && previous.uid !== uid) this.#drop(key);
    const value = this.#options.keep(object);
    this.#entries.set(key, { uid, resourceVersion, value });
    this.#tell({ type: 'set', key, value });
  }

  #drop(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    this.#tell({ type: 'gone', key, value: entry.value });
  }

  #tell(change: Change<Kept>): void {
    for (const listener of this.#listeners) listener(change);
  }
}

const pause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener('abort', end);
  });
