import { EventEmitter, once } from 'node:events';
import { pino } from 'pino';
import type { KubeObject, Stored } from '../../api/kinds/object-meta.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import type { ResourceType } from '../../api/kubernetes/resource-type.ts';
import { REQUESTS_NAMESPACE } from '../../api/names.ts';
import { Reflector } from '../../webhook/cluster/reflector.ts';
import { createMetrics } from '../../webhook/observability/metrics.ts';
import { TestClusterError } from '../clusters/test-cluster-error.ts';

/** A state of an object and when it was seen, in milliseconds of `performance.now`. */
export interface Sighting<Resource extends KubeObject> {
  readonly atMs: number;
  readonly object: Stored<Resource>;
}

/**
 * When each object of the requests namespace was first seen in which state. A person has only `get` there, so the
 * plugin polls; but polling every 2 ms by twenty clients would load the very API server that is measured. So the
 * operator watches, once for everybody: a change is seen about a millisecond after it was stored.
 */
export class Sightings<Resource extends KubeObject> {
  readonly #reflector: Reflector<Resource, Sighting<Resource>>;
  readonly #trails = new Map<string, Sighting<Resource>[]>();
  readonly #changes = new EventEmitter();

  constructor(operator: KubeClient, type: ResourceType<Resource>) {
    // One listener for each recovery that is waited for.
    this.#changes.setMaxListeners(0);
    this.#reflector = new Reflector<Resource, Sighting<Resource>>({
      client: operator,
      type,
      namespace: REQUESTS_NAMESPACE,
      keep: object => ({ atMs: performance.now(), object }),
      log: pino({ level: 'silent' }),
      metrics: createMetrics(),
      clock: Date.now,
    });
    this.#reflector.onChange(({ value }) => {
      const { name } = value.object.metadata;
      const trail = this.#trails.get(name) ?? [];
      trail.push(value);
      this.#trails.set(name, trail);
      this.#changes.emit(name);
    });
  }

  start(): Promise<void> {
    return this.#reflector.start();
  }

  stop(): Promise<void> {
    return this.#reflector.stop();
  }

  /** The first state in which it is so, past or to come. @throws TestClusterError `NotReadyInTime` */
  async first(
    name: string,
    isSo: (object: Stored<Resource>) => boolean,
    options: { readonly timeoutMs: number },
  ): Promise<Sighting<Resource>> {
    const signal = AbortSignal.timeout(options.timeoutMs);
    for (;;) {
      const found = this.#trails.get(name)?.find(({ object }) => isSo(object));
      if (found !== undefined) return found;
      try {
        await once(this.#changes, name, { signal });
      } catch (error) {
        if (!signal.aborted) throw error;
        throw new TestClusterError('NotReadyInTime', `"${name}": not so after ${options.timeoutMs} ms`);
      }
    }
  }

  /** All that was seen, of each object from its first state on. */
  trails(): readonly (readonly Sighting<Resource>[])[] {
    return [...this.#trails.values()];
  }

  /** Drops what was seen of an object. */
  forget(name: string): void {
    this.#trails.delete(name);
  }
}
