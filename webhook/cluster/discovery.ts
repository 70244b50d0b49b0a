import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { RecoverError } from '../../api/recover-error.ts';
import type { ServedResource } from '../../api/velero/restore-spec.ts';
import type { Logger } from '../observability/logger.ts';

interface ResourceList {
  readonly groupVersion: string;
  readonly resources: readonly { readonly name: string; readonly namespaced: boolean }[];
}

interface GroupList {
  readonly groups: readonly {
    readonly name: string;
    readonly versions: readonly { readonly groupVersion: string }[];
  }[];
}

const groupOf = (groupVersion: string): string =>
  groupVersion.includes('/') ? (groupVersion.split('/')[0] ?? '') : '';

/** Every resource of every served version; a name may be cluster-scoped in one version only. */
const discover = async (client: KubeClient): Promise<ServedResource[]> => {
  const { groups } = await client.read<GroupList>('/apis');
  const paths = ['/api/v1', ...groups.flatMap(group => group.versions.map(version => `/apis/${version.groupVersion}`))];
  const lists = await Promise.all(paths.map(path => client.read<ResourceList>(path)));
  const found = new Map<string, ServedResource>();
  for (const { groupVersion, resources } of lists) {
    const group = groupOf(groupVersion);
    for (const { name, namespaced } of resources) {
      if (name.includes('/')) continue;
      found.set(`${name}.${group}.${namespaced}`, { group, plural: name, namespaced });
    }
  }
  return [...found.values()];
};

/**
 * What the API server serves, read at the start, when a CRD comes or goes, and every ten minutes. A failed read
 * keeps what was known for a while; a discovery that is too old is no longer told.
 */
export class Discovery {
  readonly #client: KubeClient;
  readonly #log: Logger;
  readonly #clock: () => number;
  #served: readonly ServedResource[] = [];
  #readAtMs: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(client: KubeClient, log: Logger, clock: () => number) {
    this.#client = client;
    this.#log = log;
    this.#clock = clock;
  }

  /** Reads once, and from then on by itself. */
  async start(): Promise<void> {
    await this.#read();
    this.#schedule(REFRESH_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** Reads again shortly; several wishes in a row are one. */
  refreshSoon(): void {
    if (this.#readAtMs !== undefined) this.#schedule(SETTLE_MS);
  }

  /** @throws RecoverError `StateUnavailable` if discovery has failed for too long. */
  resources(): readonly ServedResource[] {
    if (this.#readAtMs === undefined || this.#clock() - this.#readAtMs > STALE_MS) {
      throw new RecoverError({
        code: 'StateUnavailable',
        message: 'the catalogue does not know which resources this cluster serves',
        mend: 'try again shortly',
      });
    }
    return this.#served;
  }

  #schedule(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#read().then(
        () => this.#schedule(REFRESH_MS),
        (error: unknown) => {
          this.#log.warn({ err: error }, 'discovery failed, trying again');
          this.#schedule(RETRY_MS);
        },
      );
    }, milliseconds);
    this.#timer.unref();
  }

  async #read(): Promise<void> {
    this.#served = await discover(this.#client);
    this.#readAtMs = this.#clock();
  }
}

const SETTLE_MS = 500;
const RETRY_MS = 5_000;
const REFRESH_MS = 600_000;
const STALE_MS = 3_600_000;
