import { clusterScoped, inNamespace, type Sample } from './free-object.ts';

const RBAC = 'rbac.authorization.k8s.io/v1';
const STORAGE = 'storage.k8s.io/v1';
const ADMISSION = 'admissionregistration.k8s.io/v1';
const RESOURCE = 'resource.k8s.io/v1';
const FLOW_CONTROL = 'flowcontrol.apiserver.k8s.io/v1';

const everything = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }];
const roleRef = (kind: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind, name: 'edit' });
const subjects = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'mallory' }];
const selector = { matchLabels: { app: 'hostile' } };
const podSpec = { containers: [{ name: 'hostile', image: 'registry.example/hostile:1' }] };
const template = { metadata: { labels: selector.matchLabels }, spec: podSpec };
const jobTemplate = { spec: { ...podSpec, restartPolicy: 'Never' } };
const anyResource = { apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*'] };

/** A PEM of a PKCS#10 request for CN=attacker, whose key nobody has. */
const CERTIFICATE_REQUEST =
  'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIT01IVUNBUUF3RXpFUk1BOEdBMVVFQXd3SVlYUjBZV05yWlhJd1dUQVRCZ2NxaGtqT1BRSUJCZ2dxaGtqTwpQUU1CQndOQ0FBUzFBc0Y3M2wwZHpyb2hrcHJNcnZ1RytoK0ppMTIwejU2UTZkVUpOaVBNR1FRcG4zcjkwNGppCnRzVzNXZDZrdDg5OFVUWmxkbFZqQmU1TEVxcHVmdE92b0FBd0NnWUlLb1pJemowRUF3SURTUUF3UmdJaEFQSFoKWFhJWFZucFZBUkFqOTAxb0YyTFBicGlSRWlVa1FGdFd4RVN5ZTEvV0FpRUFucHRTMnMzVkxJYWtreEFLS0RjUApyU3FmL2F6bjNxRk1SRnZyTXhtUkhGZz0KLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg==';

/** A PersistentVolume of the given source. */
export const volumeOf = (source: Readonly<Record<string, unknown>>): Sample =>
  clusterScoped('v1', 'PersistentVolume', 'persistentvolumes', {
    spec: {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      persistentVolumeReclaimPolicy: 'Retain',
      storageClassName: 'manual',
      ...source,
    },
  });

/** Volumes by which a pod reaches what is not its own: the node's files, another's share. */
export const HOSTILE_VOLUMES: readonly Sample[] = [
  volumeOf({ hostPath: { path: '/etc/kubernetes' } }),
  volumeOf({ nfs: { server: 'files.example', path: '/others' } }),
  volumeOf({
    local: { path: '/var/lib/kubelet' },
    nodeAffinity: {
      required: {
        nodeSelectorTerms: [
          { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['node-1'] }] },
        ],
      },
    },
  }),
];

/** One object of each cluster-scoped kind that is stored, but policies. */
export const CLUSTER_SAMPLES: readonly Sample[] = [
  clusterScoped(RBAC, 'ClusterRole', 'clusterroles', { rules: everything }),
  clusterScoped(RBAC, 'ClusterRoleBinding', 'clusterrolebindings', { roleRef: roleRef('ClusterRole'), subjects }),
  clusterScoped('v1', 'Namespace', 'namespaces'),
  clusterScoped('v1', 'Node', 'nodes', { spec: {} }),
  clusterScoped('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'customresourcedefinitions', {
    spec: {
      group: 'attack.example',
      scope: 'Namespaced',
      names: { kind: 'Hostile', plural: 'hostiles', singular: 'hostile' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
    },
  }),
  clusterScoped('apiregistration.k8s.io/v1', 'APIService', 'apiservices', {
    spec: {
      group: 'attack.example',
      version: 'v1',
      groupPriorityMinimum: 2000,
      versionPriority: 10,
      insecureSkipTLSVerify: true,
      service: { name: 'hostile', namespace: 'shop', port: 443 },
    },
  }),
  clusterScoped(ADMISSION, 'MutatingWebhookConfiguration', 'mutatingwebhookconfigurations'),
  clusterScoped(ADMISSION, 'ValidatingWebhookConfiguration', 'validatingwebhookconfigurations'),
  clusterScoped('scheduling.k8s.io/v1', 'PriorityClass', 'priorityclasses', { value: 1_000_000 }),
  clusterScoped('networking.k8s.io/v1', 'IngressClass', 'ingressclasses', {
    spec: { controller: 'attack.example/ingress' },
  }),
  clusterScoped('networking.k8s.io/v1', 'IPAddress', 'ipaddresses', {
    spec: { parentRef: { resource: 'services', namespace: 'shop', name: 'hostile' } },
  }),
  clusterScoped('networking.k8s.io/v1', 'ServiceCIDR', 'servicecidrs', { spec: { cidrs: ['10.97.0.0/24'] } }),
  clusterScoped('node.k8s.io/v1', 'RuntimeClass', 'runtimeclasses', { handler: 'hostile' }),
  clusterScoped(STORAGE, 'StorageClass', 'storageclasses', { provisioner: 'attack.example/disk' }),
  clusterScoped(STORAGE, 'CSIDriver', 'csidrivers', { spec: { podInfoOnMount: true } }),
  clusterScoped(STORAGE, 'CSINode', 'csinodes', { spec: { drivers: [] } }),
  clusterScoped(STORAGE, 'VolumeAttachment', 'volumeattachments', {
    spec: { attacher: 'attack.example', nodeName: 'node-1', source: { persistentVolumeName: 'of-another' } },
  }),
  clusterScoped(STORAGE, 'VolumeAttributesClass', 'volumeattributesclasses', {
    driverName: 'attack.example',
    parameters: { speed: 'high' },
  }),
  clusterScoped(RESOURCE, 'DeviceClass', 'deviceclasses', { spec: {} }),
  clusterScoped(RESOURCE, 'ResourceSlice', 'resourceslices', {
    spec: {
      driver: 'attack.example',
      nodeName: 'node-1',
      pool: { name: 'hostile', generation: 1, resourceSliceCount: 1 },
    },
  }),
  clusterScoped('certificates.k8s.io/v1', 'CertificateSigningRequest', 'certificatesigningrequests', {
    spec: { request: CERTIFICATE_REQUEST, signerName: 'kubernetes.io/kube-apiserver-client', usages: ['client auth'] },
  }),
  clusterScoped(FLOW_CONTROL, 'FlowSchema', 'flowschemas', {
    spec: { matchingPrecedence: 2, priorityLevelConfiguration: { name: 'exempt' } },
  }),
  clusterScoped(FLOW_CONTROL, 'PriorityLevelConfiguration', 'prioritylevelconfigurations', {
    spec: { type: 'Limited', limited: { nominalConcurrencyShares: 100, limitResponse: { type: 'Reject' } } },
  }),
];

/** Policies judge no policies (`admissionResources` in k8s.io/apiserver, policy/generic/plugin.go). */
export const EXEMPT_SAMPLES: readonly Sample[] = [
  clusterScoped(ADMISSION, 'ValidatingAdmissionPolicy', 'validatingadmissionpolicies', {
    spec: { matchConstraints: { resourceRules: [anyResource] }, validations: [{ expression: 'false' }] },
  }),
  clusterScoped(ADMISSION, 'ValidatingAdmissionPolicyBinding', 'validatingadmissionpolicybindings', {
    spec: { policyName: 'hostile', validationActions: ['Deny'] },
  }),
  clusterScoped(ADMISSION, 'MutatingAdmissionPolicy', 'mutatingadmissionpolicies', {
    spec: {
      matchConstraints: { resourceRules: [{ ...anyResource, operations: ['CREATE'] }] },
      reinvocationPolicy: 'Never',
      mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression: 'Object{}' } }],
    },
  }),
  clusterScoped(ADMISSION, 'MutatingAdmissionPolicyBinding', 'mutatingadmissionpolicybindings', {
    spec: { policyName: 'hostile' },
  }),
];

/** Namespaced objects, by each of which an attacker gains something in a namespace that is not his. */
export const NAMESPACED_SAMPLES: readonly Sample[] = [
  inNamespace('v1', 'ConfigMap', 'configmaps', { data: { of: 'hostile' } }),
  inNamespace('v1', 'Secret', 'secrets', { stringData: { cloud: 'hostile' } }),
  inNamespace('v1', 'ServiceAccount', 'serviceaccounts'),
  inNamespace('v1', 'Pod', 'pods', { spec: podSpec }),
  inNamespace('v1', 'Service', 'services', { spec: { type: 'LoadBalancer', ports: [{ port: 80 }] } }),
  inNamespace('v1', 'Endpoints', 'endpoints', { subsets: [] }),
  inNamespace('v1', 'ReplicationController', 'replicationcontrollers', {
    spec: { replicas: 1, selector: selector.matchLabels, template },
  }),
  inNamespace('v1', 'PersistentVolumeClaim', 'persistentvolumeclaims', {
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, volumeName: 'of-another' },
  }),
  inNamespace('v1', 'ResourceQuota', 'resourcequotas', { spec: { hard: { pods: '0' } } }),
  inNamespace(RBAC, 'Role', 'roles', { rules: everything }),
  inNamespace(RBAC, 'RoleBinding', 'rolebindings', { roleRef: roleRef('ClusterRole'), subjects }),
  inNamespace('apps/v1', 'Deployment', 'deployments', { spec: { selector, template } }),
  inNamespace('apps/v1', 'StatefulSet', 'statefulsets', { spec: { selector, template, serviceName: 'hostile' } }),
  inNamespace('apps/v1', 'DaemonSet', 'daemonsets', { spec: { selector, template } }),
  inNamespace('batch/v1', 'Job', 'jobs', { spec: { template: jobTemplate } }),
  inNamespace('batch/v1', 'CronJob', 'cronjobs', {
    spec: { schedule: '* * * * *', jobTemplate: { spec: { template: jobTemplate } } },
  }),
  inNamespace('networking.k8s.io/v1', 'NetworkPolicy', 'networkpolicies', { spec: { podSelector: {} } }),
  inNamespace('networking.k8s.io/v1', 'Ingress', 'ingresses', {
    spec: { defaultBackend: { service: { name: 'hostile', port: { number: 80 } } } },
  }),
  inNamespace('coordination.k8s.io/v1', 'Lease', 'leases', { spec: { holderIdentity: 'hostile' } }),
];

/** A sample by the plural of its kind. */
export const namespacedSample = (plural: string): Sample => {
  const found = NAMESPACED_SAMPLES.find(({ type }) => type.plural === plural);
  if (found === undefined) throw new Error(`no sample of ${plural}`);
  return found;
};
