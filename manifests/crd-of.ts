import type { KindDefinition } from '../api/kinds/kind-definition.ts';
import type { KubeObject } from '../api/kinds/object-meta.ts';
import { API_GROUP, API_VERSION } from '../api/names.ts';

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A CustomResourceDefinition of apiextensions.k8s.io/v1. */
export interface CustomResourceDefinition extends KubeObject {
  readonly spec: Readonly<Record<string, unknown>>;
}

const isObject = (value: Json): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * A structural schema (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources): unknown fields are
 * pruned by the API server, so it allows no `additionalProperties: false` beside `properties`.
 */
const structural = (schema: Json): Json => {
  if (Array.isArray(schema)) return schema.map(structural);
  if (!isObject(schema)) return schema;
  const kept = Object.entries(schema).filter(([key, value]) => !(key === 'additionalProperties' && value === false));
  return Object.fromEntries(kept.map(([key, value]) => [key, structural(value)]));
};

/** Schemas hold symbols and hidden fields beside JSON Schema; only the latter goes into a manifest. */
const asJson = (schema: unknown): Json => structural(JSON.parse(JSON.stringify(schema)) as Json);

const rootSchema = ({ description, spec, status, rules }: KindDefinition) => ({
  type: 'object',
  description,
  required: ['spec'],
  properties: {
    apiVersion: { type: 'string' },
    kind: { type: 'string' },
    metadata: { type: 'object' },
    spec: asJson(spec),
    ...(status === undefined ? {} : { status: asJson(status) }),
  },
  ...(rules === undefined ? {} : { 'x-kubernetes-validations': rules.map(rule => ({ ...rule })) }),
});

/** The CustomResourceDefinition of a kind, made from the same schema as its TypeScript type. */
export const crdOf = (kind: KindDefinition): CustomResourceDefinition => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${kind.plural}.${API_GROUP}`, labels: { 'app.kubernetes.io/part-of': 'kubectl-recover' } },
  spec: {
    group: API_GROUP,
    scope: kind.scope,
    names: {
      kind: kind.kind,
      listKind: `${kind.kind}List`,
      plural: kind.plural,
      singular: kind.singular,
      shortNames: [...kind.shortNames],
      categories: ['recover'],
    },
    versions: [
      {
        name: API_VERSION,
        served: true,
        storage: true,
        ...(kind.status === undefined ? {} : { subresources: { status: {} } }),
        additionalPrinterColumns: kind.columns.map(column => ({ ...column })),
        schema: { openAPIV3Schema: rootSchema(kind) },
      },
    ],
  },
});
