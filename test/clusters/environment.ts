import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildTools, type Tools } from './build-tools.ts';
import type { Cluster, ClusterOptions, Place } from './cluster.ts';
import { type ObjectStore, startObjectStore } from './object-store.ts';
import { createProgramGroup } from './program-group.ts';
import type { Reporter } from './reporter.ts';
import { startCluster } from './start-cluster.ts';

export const defaultPlaces = {
  prod: { cloud: 'aws', region: 'eu-west-1' },
  // "gce" is the scheme that Google's nodes carry in their provider IDs.
  dr: { cloud: 'gce', region: 'europe-west3' },
} as const satisfies Readonly<Record<string, Place>>;

export interface EnvironmentOptions<Name extends string> {
  readonly report: Reporter;
  /** Absent: `prod` and `dr`. */
  readonly places?: Readonly<Record<Name, Place>>;
  /** False: neither Velero nor object store. */
  readonly velero?: boolean;
  /** Of every cluster. */
  readonly cluster?: Pick<ClusterOptions, 'nodes' | 'auditPolicy' | 'apiServerArguments'>;
  /** The run folder; absent: a new one in the folder for temporary files. */
  readonly dir?: string;
  /** Keeps the run folder after a clean stop. */
  readonly keep?: boolean;
}

/** Clusters that share one bucket: each writes under its own prefix and reads the others' as locations of their names. */
export interface Environment<Name extends string> {
  readonly dir: string;
  readonly tools: Tools;
  readonly clusters: Readonly<Record<Name, Cluster>>;
  /** Undefined where it was started without Velero. */
  readonly objectStore: ObjectStore | undefined;
  /** Starts a new cluster where one is gone: its name, place and part of the bucket, and nothing else of it. */
  rebuild(name: Name): Promise<Cluster>;
  /** Ends every program; deletes the run folder unless it is to be kept, as after a failed test. */
  stop(options?: { readonly keep?: boolean }): Promise<void>;
}

/** Builds what is missing, then starts all clusters at once; on failure ends what it started and keeps the run folder. */
export async function startEnvironment<Name extends string = keyof typeof defaultPlaces>(
  options: EnvironmentOptions<Name>,
): Promise<Environment<Name>> {
  const { report } = options;
  const tools = await buildTools(report);
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'kubectl-recover-')));
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const group = createProgramGroup();
  const subfolder = async (name: string) => {
    const path = join(dir, name);
    await mkdir(path, { mode: 0o700 });
    return path;
  };

  try {
    const objectStore =
      options.velero === false
        ? undefined
        : await startObjectStore({ tools, group, dir: await subfolder('object-store') });
    const places: Readonly<Record<string, Place>> = options.places ?? defaultPlaces;
    const names = Object.keys(places);
    const start = async (name: string, place: Place, folder: string): Promise<Cluster> => {
      const others = names.filter(other => other !== name).map(other => ({ name: other, prefix: other }));
      const velero = objectStore && { objectStore, prefix: name, readOnlyLocations: others };
      const clusterOptions = { ...options.cluster, name, place, ...(velero && { velero }) };
      return startCluster(clusterOptions, { tools, group, dir: await subfolder(folder), report });
    };
    const started = await allOrFirstFailure(
      Object.entries(places).map(async ([name, place]) => [name, await start(name, place, name)] as const),
    );
    let rebuilt = 0;
    return {
      dir,
      tools,
      clusters: Object.fromEntries(started) as Readonly<Record<Name, Cluster>>,
      objectStore,
      rebuild(name) {
        const place = places[name];
        if (place === undefined) throw new TypeError(`there is no cluster "${name}" to rebuild`);
        rebuilt += 1;
        return start(name, place, `${name}-rebuilt-${rebuilt}`);
      },
      async stop({ keep = options.keep ?? false } = {}) {
        await group.stop();
        if (keep) report(`kept "${dir}"`);
        else await rm(dir, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await group.stop();
    report(`the clusters did not start; their logs are kept in "${dir}"`);
    throw error;
  }
}

/** Waits for all, so that none goes on starting programs while the first failure is being cleaned up. */
async function allOrFirstFailure<T>(attempts: readonly Promise<T>[]): Promise<readonly T[]> {
  await Promise.allSettled(attempts);
  return Promise.all(attempts);
}
