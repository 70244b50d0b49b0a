import { ApiError } from '../../api/kubernetes/api-error.ts';
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

const resourcesOf = ({ groupVersion, resources }: ResourceList): readonly ServedResource[] =>
  resources
    .filter(({ name }) => !name.includes('/'))
    .map(({ name, namespaced }) => ({ group: groupOf(groupVersion), plural: name, namespaced }));

const CORE_VERSION = 'v1';

/**
 * What the API server serves, read at the start, when a CRD comes or goes, and every ten minutes. A failed read
 * keeps what was known for a while; a discovery that is too old is no longer told.
 *
 * An extension API server that is away (metrics-server, on the day on which everything is) takes the groups that it serves
 * with it, and nothing else. What is not served now, Velero does not restore either, since it asks the same API server
 * (pkg/discovery/helper.go); and replicas that remembered different things would compute different Restores.
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
    this.#schedule((await this.#read()) ? REFRESH_MS : INCOMPLETE_MS);
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
        isComplete => this.#schedule(isComplete ? REFRESH_MS : INCOMPLETE_MS),
        (error: unknown) => {
          this.#log.warn({ err: error }, 'discovery failed, trying again');
          this.#schedule(RETRY_MS);
        },
      );
    }, milliseconds);
    this.#timer.unref();
  }

  /** Tells whether every group was to be had. */
  async #read(): Promise<boolean> {
    const { groups } = await this.#client.read<GroupList>('/apis');
    const versions = [CORE_VERSION, ...groups.flatMap(group => group.versions.map(({ groupVersion }) => groupVersion))];
    const lists = await Promise.all(versions.map(version => this.#readVersion(version)));
    const missing = versions.filter((_, index) => lists[index] === undefined);
    if (missing.length > 0) this.#log.warn({ missing }, 'the API server does not tell what these groups are');
    // A name may be cluster-scoped in one version only.
    const found = lists.flatMap(list => list ?? []);
    this.#served = [
      ...new Map(found.map(each => [`${each.plural}.${each.group}.${each.namespaced}`, each] as const)).values(),
    ];
    this.#readAtMs = this.#clock();
    return missing.length === 0;
  }

  async #readVersion(version: string): Promise<readonly ServedResource[] | undefined> {
    try {
      const path = version === CORE_VERSION ? '/api/v1' : `/apis/${version}`;
      return resourcesOf(await this.#client.read<ResourceList>(path));
    } catch (error) {
      // The API server itself answers, and for its own group it would not have to ask anybody.
      if (error instanceof ApiError && version !== CORE_VERSION) return undefined;
      throw error;
    }
  }
}

const SETTLE_MS = 500;
const RETRY_MS = 5_000;
const INCOMPLETE_MS = 60_000;
const REFRESH_MS = 600_000;
const STALE_MS = 3_600_000;
