import type { Cluster, ClusterOptions } from '../clusters/cluster.ts';
import { type defaultPlaces, type Environment, startEnvironment } from '../clusters/environment.ts';
import { createProgramGroup } from '../clusters/program-group.ts';
import type { Reporter } from '../clusters/reporter.ts';
import { type CatalogueOptions, createCatalogue, type TestCatalogue } from './catalogue.ts';
import { type PluginResult, runPlugin } from './run-plugin.ts';

export type ClusterName = keyof typeof defaultPlaces;

export interface RecoveryEnvironmentOptions {
  readonly report: Reporter;
  readonly mode?: 'Audit' | 'Enforce';
  /** Of each catalogue. */
  readonly catalogue?: CatalogueOptions;
  readonly cluster?: Pick<ClusterOptions, 'auditPolicy' | 'apiServerArguments'>;
  readonly keep?: boolean;
}

/** One user with a login in every cluster. */
export interface TestUser {
  readonly name: string;
  readonly kubeconfigs: Readonly<Record<ClusterName, string>>;
  /** Runs `kubectl recover` as this user, with both contexts; the context of `prod` is the current one. */
  recover(...args: readonly string[]): Promise<PluginResult>;
  /** Runs kubectl as this user and returns its stdout; throws `CommandFailed`. */
  kubectl(cluster: ClusterName, ...args: readonly string[]): Promise<string>;
}

/** Two clusters with Velero and the catalogue, installed as an operator does it. */
export interface RecoveryEnvironment {
  readonly clusters: Readonly<Record<ClusterName, Cluster>>;
  readonly catalogues: Readonly<Record<ClusterName, TestCatalogue>>;
  readonly environment: Environment<ClusterName>;
  /** The operator: cluster-admin in both. */
  readonly operator: TestUser;
  user(name: string, groups?: readonly string[]): Promise<TestUser>;
  /**
   * The same with a new cluster where one is gone, with Velero and the catalogue, that trusts nobody yet. Logins of the
   * old one are of no use in it; the old environment's `stop` and this one's end the same programs.
   */
  rebuild(cluster: ClusterName): Promise<RecoveryEnvironment>;
  stop(options?: { readonly keep?: boolean }): Promise<void>;
}

const NAMES = ['prod', 'dr'] as const;

const testUser = (
  name: string,
  kubeconfigs: Readonly<Record<ClusterName, string>>,
  clusters: Readonly<Record<ClusterName, Cluster>>,
): TestUser => ({
  name,
  kubeconfigs,
  recover: (...args) => runPlugin(args, { kubeconfigs: NAMES.map(cluster => kubeconfigs[cluster]) }),
  kubectl: (cluster, ...args) => clusters[cluster].kubectl(`--kubeconfig=${kubeconfigs[cluster]}`, ...args),
});

const install = async (operator: TestUser, cluster: ClusterName, catalogue: TestCatalogue, mode: string) => {
  const result = await operator.recover(
    ...['install', '--context', cluster, '--mode', mode, '--catalogue-url', catalogue.url],
    ...['--velero', 'velero/velero', '--yes'],
  );
  if (result.exitCode !== 0) throw new Error(`install in "${cluster}" failed:\n${result.stderr}`);
};

/** Starts the clusters, installs the catalogue with the plugin, starts its replicas and has the clusters trust each other. */
export const startRecoveryEnvironment = async (options: RecoveryEnvironmentOptions): Promise<RecoveryEnvironment> => {
  const { report, mode = 'Enforce' } = options;
  const environment = await startEnvironment({
    report,
    ...(options.cluster === undefined ? {} : { cluster: options.cluster }),
    ...(options.keep === undefined ? {} : { keep: options.keep }),
  });
  const group = createProgramGroup();
  const startCatalogue = async (operator: TestUser, cluster: Cluster, name: ClusterName): Promise<TestCatalogue> => {
    const catalogue = await createCatalogue(cluster, group, options.catalogue);
    report(`installing the catalogue in "${name}"`);
    await install(operator, name, catalogue, mode);
    await catalogue.start();
    return catalogue;
  };
  const operatorOf = (clusters: RecoveryEnvironment['clusters']): TestUser =>
    testUser('operator', { prod: clusters.prod.adminKubeconfigPath, dr: clusters.dr.adminKubeconfigPath }, clusters);
  const view = (
    clusters: RecoveryEnvironment['clusters'],
    operator: TestUser,
    catalogues: RecoveryEnvironment['catalogues'],
  ): RecoveryEnvironment => ({
    clusters,
    catalogues,
    environment,
    operator,
    user: async (name, groups) => {
      const [inProd, inDr] = await Promise.all(NAMES.map(cluster => clusters[cluster].kubeconfigFor(name, groups)));
      return testUser(name, { prod: inProd ?? '', dr: inDr ?? '' }, clusters);
    },
    rebuild: async name => {
      const cluster = await environment.rebuild(name);
      const next = { ...clusters, [name]: cluster };
      const nextOperator = operatorOf(next);
      const catalogue = await startCatalogue(nextOperator, cluster, name);
      return view(next, nextOperator, { ...catalogues, [name]: catalogue });
    },
    stop: async stopOptions => {
      await Promise.all(Object.values(catalogues).map(catalogue => catalogue.stop()));
      await group.stop();
      await environment.stop(stopOptions);
    },
  });
  try {
    const { clusters } = environment;
    const operator = operatorOf(clusters);
    const start = (name: ClusterName) => startCatalogue(operator, clusters[name], name);
    const [prod, dr] = await Promise.all([start('prod'), start('dr')]);
    return view(clusters, operator, { prod, dr });
  } catch (error) {
    await group.stop();
    await environment.stop({ keep: true });
    throw error;
  }
};
