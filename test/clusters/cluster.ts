import type { KubeConfig } from '@kubernetes/client-node';
import type { Tools } from './build-tools.ts';
import type { ObjectStore } from './object-store.ts';
import type { Program } from './program.ts';
import type { ProgramGroup } from './program-group.ts';
import type { Reporter } from './reporter.ts';

/** A running Kubernetes cluster with, if asked for, Velero in it; which provider made it is not to be seen here. */
export interface Cluster {
  /** Also the name of the context in every kubeconfig of it. */
  readonly name: string;
  /** UID of the namespace `kube-system`. */
  readonly clusterId: string;
  readonly place: Place;
  readonly server: string;
  /** PEM. */
  readonly caCertificate: string;
  /** Everything it writes: keys, kubeconfigs, etcd's data, logs. */
  readonly dir: string;
  readonly logDir: string;
  /** A user in `system:masters`. */
  readonly adminKubeconfigPath: string;

  /** The client-node configuration of the admin. */
  kubeConfig(): KubeConfig;
  /** Path of a new kubeconfig with a fresh client certificate. */
  kubeconfigFor(user: string, groups?: readonly string[]): Promise<string>;
  /** Path of a new kubeconfig with a token of an existing service account. */
  serviceAccountKubeconfig(namespace: string, name: string): Promise<string>;
  /** Runs kubectl as admin, or as whom `--kubeconfig` names, and returns its stdout; throws `CommandFailed`. */
  kubectl(...args: readonly string[]): Promise<string>;
  /** Creates or changes objects as admin, by server-side apply. */
  apply(...objects: readonly object[]): Promise<void>;
  /** Runs the Velero CLI as admin and returns its stdout; throws `CommandFailed`. */
  velero(...args: readonly string[]): Promise<string>;

  readonly apiServer: Program;
  /** Velero's server; throws `NotStarted` where the cluster was started without. */
  readonly veleroServer: Program;
  /** Every program of the cluster, for fault tests. */
  readonly programs: ReadonlyMap<string, Program>;
  /** Ends its programs; its folder stays until the run's does. */
  stop(): Promise<void>;
}

/** Where a cluster says it is: the provider ID scheme and the region label of its nodes. */
export interface Place {
  readonly cloud: string;
  readonly region: string;
}

export interface VeleroOptions {
  readonly objectStore: ObjectStore;
  /** Of the cluster's own backups in the bucket; its location is `default`. */
  readonly prefix: string;
  readonly readOnlyLocations?: readonly { readonly name: string; readonly prefix: string }[];
}

export interface ClusterOptions {
  readonly name: string;
  readonly place: Place;
  /** Absent: no Velero. */
  readonly velero?: VeleroOptions;
  /** Absent: two nodes and pods that come up; false: pods stay Pending. */
  readonly nodes?: boolean;
  /** Kubernetes audit policy object; absent: no audit log. The log is `<logDir>/audit.log`, JSON lines. */
  readonly auditPolicy?: object;
  /** Further flags of kube-apiserver. */
  readonly apiServerArguments?: readonly string[];
}

/** What a provider needs from around it. */
export interface ClusterSurroundings {
  readonly tools: Tools;
  readonly group: ProgramGroup;
  /** An existing folder for this cluster alone. */
  readonly dir: string;
  readonly report: Reporter;
}
