import type { Cluster } from '../clusters/cluster.ts';
import type { Reporter } from '../clusters/reporter.ts';
import { deployPlain } from '../environment/plain-application.ts';
import type { RecoveryEnvironment } from '../environment/recovery-environment.ts';
import {
  defineRecipes,
  deploy,
  manualVolume,
  type SampleApplication,
  sampleApplication,
} from '../environment/sample-application.ts';
import { type Snapshot, snapshot } from '../environment/snapshot.ts';
import { makeCommandFolder } from './command-folder.ts';
import { type Person, personOf } from './person.ts';

/** Content of namespaces, by their names. */
export type Contents = Readonly<Record<string, Snapshot>>;

/** What the story begins with. */
export interface Scene {
  readonly environment: RecoveryEnvironment;
  /** Has kubectl, velero and the plugin. */
  readonly commandFolder: string;
  /** Cluster-admin in both clusters. */
  readonly operator: Person;
  /** Admin of "shop" and "shop-db" in prod. */
  readonly alice: Person;
  /** Admin of "mail" in prod. */
  readonly bob: Person;
  readonly shop: SampleApplication;
  /** What alice has in prod. */
  readonly before: Contents;
}

export const contentsOf = async (cluster: Cluster, namespaces: readonly string[]): Promise<Contents> => {
  const entries = namespaces.map(async name => [name, await snapshot(cluster, name)] as const);
  return Object.fromEntries(await Promise.all(entries));
};

/** Has the sample applications running in prod, and in dr what is the platform's: the kind and the volume. */
export const setScene = async (environment: RecoveryEnvironment, report: Reporter): Promise<Scene> => {
  const { prod, dr } = environment.clusters;
  report('setting up the sample applications');
  const commandFolder = await makeCommandFolder(environment);
  const [alice, bob] = await Promise.all([environment.user('alice'), environment.user('bob')]);
  const shop = sampleApplication('shop', 'alice');
  await Promise.all([defineRecipes(prod), defineRecipes(dr)]);
  await Promise.all([deploy(prod, shop), deployPlain(prod, 'bob', 'mail'), dr.apply(manualVolume('shop-volume'))]);
  await prod.kubectl('rollout', 'status', 'deployment/web', '-n', 'shop', '--timeout=60s');
  await prod.kubectl('rollout', 'status', 'statefulset/db', '-n', 'shop-db', '--timeout=60s');
  return {
    environment,
    commandFolder,
    operator: personOf(environment.operator, environment, commandFolder),
    alice: personOf(alice, environment, commandFolder),
    bob: personOf(bob, environment, commandFolder),
    shop,
    before: await contentsOf(prod, shop.namespaces),
  };
};
