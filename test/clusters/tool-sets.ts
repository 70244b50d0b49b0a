/** One Go module folder under `tools/`: programs whose dependency versions go together. */
export interface ToolSet {
  readonly name: string;
  readonly binaries: readonly ToolBinary[];
  /** Source files in the module folder itself, where it is no program of others. */
  readonly sources?: readonly string[];
  /** Linker variables, `-X name=value`. */
  readonly linkVariables?: Readonly<Record<string, string>>;
  /** Files beside the programs, copied out of a module's folder. */
  readonly moduleFiles?: { readonly module: string; readonly paths: readonly string[] };
}

export interface ToolBinary {
  readonly name: string;
  readonly package: string;
}

// The go.mod files hold the versions; those that a program reports of itself are link variables and stand here again.
export const toolSets: readonly ToolSet[] = [
  { name: 'etcd', binaries: [{ name: 'etcd', package: 'go.etcd.io/etcd/server/v3' }] },
  {
    name: 'kubernetes',
    binaries: ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubectl'].map(name => ({
      name,
      package: `k8s.io/kubernetes/cmd/${name}`,
    })),
    linkVariables: {
      'k8s.io/component-base/version.gitVersion': 'v1.36.3',
      'k8s.io/component-base/version.gitMajor': '1',
      'k8s.io/component-base/version.gitMinor': '36',
    },
  },
  {
    name: 'velero',
    binaries: [{ name: 'velero', package: 'github.com/vmware-tanzu/velero/cmd/velero' }],
    linkVariables: {
      'github.com/vmware-tanzu/velero/pkg/buildinfo.Version': 'v1.18.3',
      // Velero has no flag for its controller manager's metrics listener; its default :8080 would clash between clusters.
      'sigs.k8s.io/controller-runtime/pkg/metrics/server.DefaultBindAddress': '0',
    },
  },
  {
    name: 'velero-plugin-for-aws',
    binaries: [
      {
        name: 'velero-plugin-for-aws',
        package: 'github.com/vmware-tanzu/velero-plugin-for-aws/velero-plugin-for-aws',
      },
    ],
  },
  { name: 'versitygw', binaries: [{ name: 'versitygw', package: 'github.com/versity/versitygw/cmd/versitygw' }] },
  {
    name: 'kwok',
    binaries: [{ name: 'kwok', package: 'sigs.k8s.io/kwok/cmd/kwok' }],
    moduleFiles: {
      module: 'sigs.k8s.io/kwok',
      paths: ['node/fast', 'node/heartbeat-with-lease', 'pod/fast'].map(stage => `kustomize/stage/${stage}`),
    },
  },
  { name: 'krew', binaries: [{ name: 'krew', package: 'sigs.k8s.io/krew/cmd/krew' }] },
  { name: 'pty', binaries: [{ name: 'pty', package: '.' }], sources: ['main.go'] },
];
