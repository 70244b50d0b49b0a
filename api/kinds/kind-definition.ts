import type { TSchema } from 'typebox';

export interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date' | 'boolean';
  readonly jsonPath: string;
  readonly description?: string;
  /** 0 is always shown, 1 with `-o wide`. */
  readonly priority?: 0 | 1;
}

/** All that a CustomResourceDefinition says of one kind of ours. */
export interface KindDefinition {
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly scope: 'Namespaced' | 'Cluster';
  readonly description: string;
  readonly spec: TSchema;
  /** Absent: the kind has no status subresource. */
  readonly status?: TSchema;
  readonly columns: readonly PrinterColumn[];
  /** CEL over the whole object: its name, or how spec and name belong together. */
  readonly rules?: readonly { readonly rule: string; readonly message: string }[];
}
