import Type, { type TSchema, type TUnsafe } from 'typebox';

/**
 * Builders for the schemas of our kinds and tokens. Each schema is at once the TypeScript type, the check of
 * data from outside and the OpenAPI schema of the CRD, so the three cannot drift apart. Only what a structural
 * schema of Kubernetes allows is built here: no `anyOf`, no `const`, every string and list bounded.
 */

interface Described {
  readonly description?: string;
}

export interface Rule {
  /** CEL over `self` and, for transitions, `oldSelf`. */
  readonly rule: string;
  readonly message: string;
}

/** Bounded string; 253 characters unless told, the longest name Kubernetes knows. */
export const text = (options: Described & { maxLength?: number; minLength?: number; pattern?: string } = {}) =>
  Type.String({ minLength: 1, maxLength: 253, ...options });

/** A DNS-1123 label, as namespaces are named. */
export const namespaceName = (options: Described = {}) =>
  text({ maxLength: 63, pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$', ...options });

/** RFC 3339 instant in UTC. */
export const time = (options: Described = {}) => Type.String({ format: 'date-time', maxLength: 40, ...options });

export const oneOf = <const Values extends readonly string[]>(
  values: Values,
  options: Described = {},
): TUnsafe<Values[number]> => Type.Unsafe<Values[number]>({ type: 'string', enum: [...values], ...options });

export const list = <Item extends TSchema>(
  items: Item,
  options: Described & { maxItems: number; minItems?: number; set?: true; mapKeys?: readonly string[] },
) => {
  const { set, mapKeys, ...rest } = options;
  return Type.Array(items, {
    ...rest,
    ...(set ? { 'x-kubernetes-list-type': 'set' } : {}),
    ...(mapKeys ? { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': [...mapKeys] } : {}),
  });
};

export const stringMap = (
  options: Described & { maxProperties: number; maxLength?: number },
): TUnsafe<Record<string, string>> => {
  const { maxLength = 253, ...rest } = options;
  return Type.Unsafe<Record<string, string>>({
    type: 'object',
    additionalProperties: { type: 'string', maxLength },
    ...rest,
  });
};

export const object = <Properties extends Record<string, TSchema>>(
  properties: Properties,
  options: Described & { rules?: readonly Rule[]; additionalProperties?: false } = {},
) => {
  const { rules, ...rest } = options;
  return Type.Object(properties, { ...rest, ...(rules ? { 'x-kubernetes-validations': [...rules] } : {}) });
};

export const optional = Type.Optional;
export const integer = (options: Described & { minimum?: number; maximum?: number } = {}) =>
  Type.Integer({ minimum: 0, ...options });
export const boolean = (options: Described = {}) => Type.Boolean({ ...options });
