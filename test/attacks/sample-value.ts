/** The part of a CRD's OpenAPI schema that says what a value looks like. */
export interface FieldSchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, FieldSchema>>;
  readonly items?: FieldSchema;
  readonly additionalProperties?: FieldSchema | boolean;
}

/** Some value that fits a field of a CRD, with everything in it that the schema knows. */
export const sampleValue = (schema: FieldSchema): unknown => {
  if (schema.enum !== undefined) return schema.enum[0];
  switch (schema.type) {
    case 'boolean':
      return true;
    case 'integer':
    case 'number':
      return 1;
    case 'array':
      return schema.items === undefined ? [] : [sampleValue(schema.items)];
    case 'object':
      return sampleObject(schema);
    default:
      return 'x';
  }
};

const sampleObject = ({ properties, additionalProperties }: FieldSchema): Readonly<Record<string, unknown>> => {
  const known = Object.entries(properties ?? {}).map(([name, schema]) => [name, sampleValue(schema)] as const);
  const others = typeof additionalProperties === 'object' ? [['x', sampleValue(additionalProperties)] as const] : [];
  return Object.fromEntries([...known, ...others]);
};
