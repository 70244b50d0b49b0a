/** The part of `ObjectMeta` that we read or write; times are RFC 3339. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
}

/** `ObjectMeta` of an object that the API server has stored. */
export interface StoredMeta extends ObjectMeta {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly creationTimestamp: string;
}

/** An object of the API as a writer sends it. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

/** A custom resource with spec and, once a controller has written it, status. */
export interface CustomResource<Kind extends string, Spec, Status> extends KubeObject {
  readonly kind: Kind;
  readonly spec: Spec;
  readonly status?: Status;
}

/** The same object with the metadata that the API server fills in. */
export type Stored<Resource extends KubeObject> = Omit<Resource, 'metadata'> & { readonly metadata: StoredMeta };
