import { parseAllDocuments } from 'yaml';
import type { VeleroInstallation } from '../api/kinds/cluster-identity.ts';
import type { KubeObject } from '../api/kinds/object-meta.ts';
import { LABELS } from '../api/names.ts';
import { baseFiles } from './base-files.ts';

export interface InstallOptions {
  readonly mode: 'Audit' | 'Enforce';
  /** The Velero installations that the operator confirmed; their user names are written into the walls. */
  readonly velero: readonly VeleroInstallation[];
  /** `https://host:port` of a catalogue outside the cluster; then no Deployment is made. */
  readonly catalogueUrl?: string;
  /** What the Deployment runs; absent: the name in the files, which no registry has. */
  readonly image?: string;
}

interface CatalogueDeployment extends KubeObject {
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } };
  };
}

interface WebhookConfiguration extends KubeObject {
  readonly webhooks: readonly {
    readonly name: string;
    readonly failurePolicy: string;
    readonly clientConfig: { readonly service: { readonly path: string } };
  }[];
}

/**
 * The files in the order in which they are applied. Defaults come before the webhooks: on a fresh cluster no
 * catalogue could judge them yet.
 */
const FILES = [
  'namespaces.yaml',
  'rbac-catalogue.yaml',
  'rbac-people.yaml',
  'policies.yaml',
  'deployment.yaml',
  'defaults.yaml',
  'webhooks.yaml',
] as const;

/** In the files stands the user name of Velero as it installs itself. */
const VELERO_LITERAL = "['system:serviceaccount:velero:velero']";

const parseObjects = (text: string): KubeObject[] =>
  parseAllDocuments(text).map(document => document.toJS() as KubeObject);

/** An installation without one of its files would lack its walls: that must not go unseen. */
const textOf = (files: ReadonlyMap<string, string>, path: string): string => {
  const text = files.get(path);
  if (text === undefined) throw new Error(`the manifests lack "${path}"`);
  return text;
};

const celList = (velero: readonly VeleroInstallation[]): string => {
  const names = velero.map(({ namespace, serviceAccount }) => `'system:serviceaccount:${namespace}:${serviceAccount}'`);
  return `[${names.join(', ')}]`;
};

/** Replaces Velero's user names in every CEL expression, wherever in the object it stands. */
const withVelero = <Value>(value: Value, names: string): Value => {
  if (typeof value === 'string') return value.replaceAll(VELERO_LITERAL, names) as Value;
  if (Array.isArray(value)) return value.map(item => withVelero(item, names)) as Value;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withVelero(inner, names)])) as Value;
};

const isKind =
  (...kinds: readonly string[]) =>
  ({ kind }: KubeObject): boolean =>
    kinds.includes(kind);

const isWebhookConfiguration = (object: KubeObject): object is WebhookConfiguration =>
  isKind('MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration')(object);

interface PolicyBinding extends KubeObject {
  readonly spec: Readonly<Record<string, unknown>>;
}

const isBinding = (object: KubeObject): object is PolicyBinding => isKind('ValidatingAdmissionPolicyBinding')(object);

const inMode = (object: KubeObject, mode: InstallOptions['mode']): KubeObject => {
  if (mode === 'Audit') return object;
  if (isBinding(object) && object.metadata.labels?.[LABELS.wall] !== undefined) {
    return { ...object, spec: { ...object.spec, validationActions: ['Deny', 'Audit'] } } as KubeObject;
  }
  if (!isWebhookConfiguration(object)) return object;
  const webhooks = object.webhooks.map(webhook =>
    webhook.name === 'bare.kubectl-recover.io' ? { ...webhook, failurePolicy: 'Fail' } : webhook,
  );
  return { ...object, webhooks } as KubeObject;
};

const atUrl = (object: KubeObject, url: string | undefined): KubeObject => {
  if (url === undefined || !isWebhookConfiguration(object)) return object;
  const webhooks = object.webhooks.map(webhook => ({
    ...webhook,
    clientConfig: { url: `${url}${webhook.clientConfig.service.path}` },
  }));
  return { ...object, webhooks } as KubeObject;
};

const isDeployment = (object: KubeObject): object is CatalogueDeployment => isKind('Deployment')(object);

const withImage = (object: KubeObject, image: string | undefined): KubeObject => {
  if (image === undefined || !isDeployment(object)) return object;
  const { template } = object.spec;
  const containers = template.spec.containers.map(container => ({ ...container, image }));
  const spec = { ...object.spec, template: { ...template, spec: { ...template.spec, containers } } };
  return { ...object, spec } as KubeObject;
};

const withInstallations = (object: KubeObject, velero: readonly VeleroInstallation[]): KubeObject =>
  object.kind === 'ClusterIdentity' ? ({ ...object, spec: { velero: [...velero] } } as KubeObject) : object;

/** All objects of an installation, in the order in which to apply them. */
export const renderManifests = ({ mode, velero, catalogueUrl, image }: InstallOptions): KubeObject[] => {
  const files = baseFiles();
  const crds = [...files].filter(([path]) => path.startsWith('crds/')).flatMap(([, text]) => parseObjects(text));
  const names = celList(velero);
  const inCluster = isKind('Deployment', 'Service', 'PodDisruptionBudget');
  const others = FILES.flatMap(path => parseObjects(textOf(files, path)))
    .filter(object => catalogueUrl === undefined || !inCluster(object))
    .map(object => withVelero(object, names))
    .map(object => inMode(object, mode))
    .map(object => atUrl(object, catalogueUrl))
    .map(object => withImage(object, image))
    .map(object => withInstallations(object, velero));
  return [...crds, ...others];
};
