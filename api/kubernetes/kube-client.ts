import type { KubeObject, Stored } from '../kinds/object-meta.ts';
import { ApiError, isNotFound, type StatusCause, UnreachableError } from './api-error.ts';
import { pathOf, type ResourceType } from './resource-type.ts';
import type { Transport, TransportRequest } from './transport.ts';

export interface Target {
  readonly namespace?: string | undefined;
  readonly name: string;
}

export interface WriteOptions {
  /** Judged and answered by the API server, but not stored. */
  readonly dryRun?: boolean;
}

export interface ListOptions {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string;
  readonly limit?: number;
  readonly continueToken?: string;
  /** Only names, labels and the like are sent: PartialObjectMetadata. */
  readonly metadataOnly?: boolean;
}

export interface ObjectList<Resource> {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly Resource[];
}

const METADATA_ONLY = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

/** Longest wait for one answer, in milliseconds; a watch is not bound by it. */
const DEFAULT_TIMEOUT_MS = 10_000;

/**
 * Typed requests to one API server. Objects come back as the API server stores them: their shape is what the CRD,
 * or Kubernetes itself, has checked.
 */
export class KubeClient {
  readonly #transport: Transport;
  readonly #timeoutMs: number;

  constructor(transport: Transport, options: { readonly timeoutMs?: number } = {}) {
    this.#transport = transport;
    this.#timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  }

  get server(): string {
    return this.#transport.server;
  }

  /** @throws ApiError, UnreachableError */
  get<Resource extends KubeObject>(type: ResourceType<Resource>, at: Target): Promise<Stored<Resource>> {
    return this.#json({ method: 'GET', path: pathOf(type, at) });
  }

  /** The object, or nothing if there is none. */
  async find<Resource extends KubeObject>(
    type: ResourceType<Resource>,
    at: Target,
  ): Promise<Stored<Resource> | undefined> {
    try {
      return await this.get(type, at);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** One page of a list; items of a list carry neither apiVersion nor kind, they are added. */
  async list<Resource extends KubeObject>(
    type: ResourceType<Resource>,
    options: ListOptions = {},
  ): Promise<ObjectList<Stored<Resource>>> {
    const query = new URLSearchParams();
    if (options.labelSelector !== undefined) query.set('labelSelector', options.labelSelector);
    if (options.limit !== undefined) query.set('limit', String(options.limit));
    if (options.continueToken !== undefined) query.set('continue', options.continueToken);
    const path = `${pathOf(type, { namespace: options.namespace })}${query.size > 0 ? `?${query}` : ''}`;
    const accept = options.metadataOnly ? { accept: METADATA_ONLY } : {};
    const page = await this.#json<ObjectList<Stored<Resource>>>({ method: 'GET', path, ...accept });
    const apiVersion = type.group === '' ? type.version : `${type.group}/${type.version}`;
    return { ...page, items: page.items.map(item => ({ ...item, apiVersion, kind: type.kind })) };
  }

  /** Every object of a list, page by page. */
  async listAll<Resource extends KubeObject>(
    type: ResourceType<Resource>,
    options: Omit<ListOptions, 'limit' | 'continueToken'> = {},
  ): Promise<Stored<Resource>[]> {
    const items: Stored<Resource>[] = [];
    let continueToken: string | undefined;
    do {
      const page = await this.list(type, {
        ...options,
        limit: 500,
        ...(continueToken === undefined ? {} : { continueToken }),
      });
      items.push(...page.items);
      continueToken = page.metadata.continue === '' ? undefined : page.metadata.continue;
    } while (continueToken !== undefined);
    return items;
  }

  create<Resource extends KubeObject>(
    type: ResourceType<Resource>,
    object: Resource,
    options: WriteOptions = {},
  ): Promise<Stored<Resource>> {
    const path = pathOf(type, { namespace: type.namespaced ? object.metadata.namespace : undefined });
    return this.#json({ method: 'POST', path: withDryRun(path, options), body: JSON.stringify(object) });
  }

  /** Replaces the object; with `metadata.resourceVersion` only if nobody else has written since. */
  replace<Resource extends KubeObject>(
    type: ResourceType<Resource>,
    object: Resource,
    options: WriteOptions & { readonly subresource?: 'status' } = {},
  ): Promise<Stored<Resource>> {
    const { name, namespace } = object.metadata;
    const subresource = options.subresource === undefined ? {} : { subresource: options.subresource };
    const path = pathOf(type, { name, namespace: type.namespaced ? namespace : undefined, ...subresource });
    return this.#json({ method: 'PUT', path: withDryRun(path, options), body: JSON.stringify(object) });
  }

  /** JSON merge patch (RFC 7386). */
  mergePatch<Resource extends KubeObject>(
    type: ResourceType<Resource>,
    at: Target,
    patch: Readonly<Record<string, unknown>>,
    options: WriteOptions = {},
  ): Promise<Stored<Resource>> {
    return this.#json({
      method: 'PATCH',
      path: withDryRun(pathOf(type, at), options),
      body: JSON.stringify(patch),
      contentType: 'application/merge-patch+json',
    });
  }

  /** Server-side apply: creates the object or brings it to what is given, as one field manager. */
  apply<Resource extends KubeObject>(
    type: ResourceType<Resource>,
    object: Resource,
    options: WriteOptions & { readonly fieldManager: string },
  ): Promise<Stored<Resource>> {
    const { name, namespace } = object.metadata;
    const path = pathOf(type, { name, namespace: type.namespaced ? namespace : undefined });
    const query = new URLSearchParams({ fieldManager: options.fieldManager, force: 'true' });
    if (options.dryRun) query.set('dryRun', 'All');
    return this.#json({
      method: 'PATCH',
      path: `${path}?${query}`,
      body: JSON.stringify(object),
      contentType: 'application/apply-patch+yaml',
    });
  }

  /** Deletes the object; says nothing if it is gone. `uid` binds the deletion to one incarnation, `resourceVersion` to one state. */
  async remove<Resource extends KubeObject>(
    type: ResourceType<Resource>,
    at: Target,
    options: WriteOptions & { readonly uid?: string; readonly resourceVersion?: string } = {},
  ): Promise<void> {
    const { uid, resourceVersion, dryRun } = options;
    const body = {
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      preconditions: { uid, resourceVersion },
      // With a body, the API server does not look for options in the query.
      ...(dryRun ? { dryRun: ['All'] } : {}),
    };
    try {
      await this.#json({ method: 'DELETE', path: pathOf(type, at), body: JSON.stringify(body) });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  /** The JSON behind a path that is no object: discovery, version, reviews. */
  read<Answer>(path: string): Promise<Answer> {
    return this.#json({ method: 'GET', path });
  }

  /** Creates a review (SubjectAccessReview and the like), which is answered and never stored. */
  review<Answer>(path: string, body: Readonly<Record<string, unknown>>): Promise<Answer> {
    return this.#json({ method: 'POST', path, body: JSON.stringify(body) });
  }

  /** Opens a watch: lines of JSON until the signal, the server or the network ends it. */
  async stream(path: string, signal: AbortSignal): Promise<AsyncIterable<Buffer>> {
    const response = await this.#transport.send({ method: 'GET', path, signal });
    if (response.statusCode === 200) return response.body;
    throw toApiError(response.statusCode, await response.body.text());
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  async #json<Answer>(sent: Omit<TransportRequest, 'signal' | 'timeoutMs'>): Promise<Answer> {
    const response = await this.#transport.send({ ...sent, timeoutMs: this.#timeoutMs });
    let text: string;
    try {
      text = await response.body.text();
    } catch (cause) {
      throw new UnreachableError(`${this.server} broke off its answer`, { cause });
    }
    if (response.statusCode >= 300) throw toApiError(response.statusCode, text);
    try {
      return JSON.parse(text) as Answer;
    } catch (cause) {
      throw new UnreachableError(`${this.server} does not answer as a Kubernetes API server`, { cause });
    }
  }
}

const withDryRun = (path: string, options: WriteOptions): string => (options.dryRun ? `${path}?dryRun=All` : path);

interface StatusBody {
  readonly message?: string;
  readonly reason?: string;
  readonly details?: { readonly causes?: readonly StatusCause[] };
}

const toApiError = (statusCode: number, text: string): ApiError => {
  try {
    const status = JSON.parse(text) as StatusBody;
    return new ApiError(
      statusCode,
      status.reason ?? '',
      status.message ?? `HTTP ${statusCode}`,
      status.details?.causes ?? [],
    );
  } catch {
    // Not a metav1.Status: a proxy, or a plain-text 404 of the API server. The first line says enough.
    return new ApiError(statusCode, statusCode === 404 ? 'NotFound' : '', text.split('\n', 1)[0]?.slice(0, 300) ?? '');
  }
};
