import type { KubeObject } from '../../api/kinds/object-meta.ts';
import { type ResourceType, resourceType } from '../../api/kubernetes/resource-type.ts';

/** An object of any kind, as an attacker writes it. */
export interface FreeObject extends KubeObject {
  readonly [field: string]: unknown;
}

/** A kind, and what makes a valid object of it but for its metadata. */
export interface Sample {
  readonly type: ResourceType<FreeObject>;
  readonly fields: Readonly<Record<string, unknown>>;
}

const sample =
  (namespaced: boolean) =>
  (apiVersion: string, kind: string, plural: string, fields: Readonly<Record<string, unknown>> = {}): Sample => ({
    type: resourceType<FreeObject>(apiVersion, kind, plural, namespaced),
    fields,
  });

export const clusterScoped = sample(false);
export const inNamespace = sample(true);

/** The object of a sample with its metadata. */
export const objectOf = ({ type, fields }: Sample, metadata: KubeObject['metadata']): FreeObject => ({
  apiVersion: type.group === '' ? type.version : `${type.group}/${type.version}`,
  kind: type.kind,
  metadata,
  ...fields,
});

/**
 * The subresources of one object as a type: their names are those of its objects, and a POST to the type is one to the
 * subresource that `called` names.
 */
export const subresourcesOf = (
  { type }: Pick<Sample, 'type'>,
  name: string,
  called?: string,
): ResourceType<FreeObject> => ({
  ...type,
  plural: [type.plural, name, ...(called === undefined ? [] : [called])].join('/'),
});

interface Discovered {
  readonly resources: readonly {
    readonly name: string;
    readonly namespaced: boolean;
    readonly verbs: readonly string[];
  }[];
}

/** Plurals of the kinds of one group and version that can be created, from its discovery. */
export const creatable = ({ resources }: Discovered, scope: 'cluster' | 'namespace'): readonly string[] =>
  resources
    .filter(({ name, namespaced, verbs }) => {
      return !name.includes('/') && namespaced === (scope === 'namespace') && verbs.includes('create');
    })
    .map(({ name }) => name);
