import type { ServerResponse } from 'node:http';
import type { KubeObject, Stored, StoredMeta } from '../../api/kinds/object-meta.ts';
import { KubeClient, type Target } from '../../api/kubernetes/kube-client.ts';
import type { ResourceType } from '../../api/kubernetes/resource-type.ts';
import { createTransport } from '../../api/kubernetes/transport.ts';
import { FakeApiServer, failureStatus, type SeenRequest, sendJson } from './fake-api-server.ts';
import { uidOf } from './fake-authority.ts';

interface Place {
  /** Group and plural, such as `velero.io/backups`. */
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

interface StoredObject {
  readonly metadata: StoredMeta;
  readonly [field: string]: unknown;
}

interface WatchEvent {
  readonly version: number;
  readonly resource: string;
  readonly line: string;
}

interface Watcher {
  readonly resource: string;
  readonly response: ServerResponse;
}

const CREATED = '2026-03-02T12:00:00Z';

/** `/apis/GROUP/VERSION/[namespaces/NAMESPACE/]PLURAL[/NAME[/SUBRESOURCE]]`; a namespace is an object too. */
const placeOf = (path: string): Place => {
  const [, root, ...parts] = path.split('/').map(decodeURIComponent);
  const group = root === 'api' ? '' : (parts[0] ?? '');
  const rest = parts.slice(root === 'api' ? 1 : 2);
  const isNamespaced = rest[0] === 'namespaces' && rest.length > 2;
  const [plural = '', name, subresource] = isNamespaced ? rest.slice(2) : rest;
  return { resource: `${group}/${plural}`, namespace: isNamespaced ? rest[1] : undefined, name, subresource };
};

const keyOf = (resource: string, { namespace, name }: Target): string => `${resource}:${namespace ?? ''}/${name}`;

/**
 * A real server that keeps objects as an API server does: a UID for each new one, a version for each write, a
 * conflict for a write against another version or UID, lists and watches. It judges nothing.
 */
export class FakeObjectServer {
  readonly api: FakeApiServer;
  readonly client: KubeClient;
  /** Called before each request is answered: what others do meanwhile. */
  meanwhile: (request: SeenRequest) => void = () => undefined;
  /** Answers instead of the store where it tells a status code, or all that such an answer says. */
  failure: (request: SeenRequest) => number | ReturnType<typeof failureStatus> | undefined = () => undefined;
  /** Requests that are not answered yet, since the test holds them back. */
  isHeld: (request: SeenRequest) => boolean = () => false;
  readonly #held: (() => void)[] = [];
  readonly #objects = new Map<string, { readonly resource: string; readonly object: StoredObject }>();
  readonly #events: WatchEvent[] = [];
  readonly #watchers = new Set<Watcher>();
  #version = 100;
  #uids = 0;

  private constructor(api: FakeApiServer) {
    this.api = api;
    this.client = new KubeClient(createTransport(api.kubeConfig(), { userAgent: 'recover-test' }));
    api.handler = (request, response) => {
      const answer = () => this.#answer(request, response);
      if (this.isHeld(request)) this.#held.push(answer);
      else answer();
    };
  }

  static async start(): Promise<FakeObjectServer> {
    return new FakeObjectServer(await FakeApiServer.start());
  }

  async stop(): Promise<void> {
    await this.client.close();
    await this.api.stop();
  }

  /** Answers what was held back, and holds nothing any more. */
  release(): void {
    this.isHeld = () => false;
    for (const answer of this.#held.splice(0)) answer();
  }

  /** Stores an object as somebody else's write; its UID is kept if it has one. */
  put<Resource extends KubeObject>(type: ResourceType<Resource>, object: Resource): Stored<Resource> {
    return this.#store(`${type.group}/${type.plural}`, object) as unknown as Stored<Resource>;
  }

  /** What is stored now. */
  find<Resource extends KubeObject>(type: ResourceType<Resource>, at: Target): Stored<Resource> | undefined {
    const entry = this.#objects.get(keyOf(`${type.group}/${type.plural}`, at));
    return entry?.object as unknown as Stored<Resource> | undefined;
  }

  /** All of a type that is stored now. */
  list<Resource extends KubeObject>({ group, plural }: ResourceType<Resource>): Stored<Resource>[] {
    return [...this.#objects.values()]
      .filter(({ resource }) => resource === `${group}/${plural}`)
      .map(({ object }) => object as unknown as Stored<Resource>);
  }

  remove<Resource extends KubeObject>(type: ResourceType<Resource>, at: Target): void {
    this.#drop(`${type.group}/${type.plural}`, at);
  }

  #drop(resource: string, at: Target): void {
    const entry = this.#objects.get(keyOf(resource, at));
    if (entry === undefined) return;
    this.#objects.delete(keyOf(resource, at));
    this.#version += 1;
    const metadata = { ...entry.object.metadata, resourceVersion: String(this.#version) };
    this.#tell(resource, 'DELETED', { ...entry.object, metadata });
  }

  /** Requests that write, as `METHOD path`. */
  get writes(): string[] {
    return this.api.requests.filter(({ method }) => method !== 'GET').map(({ method, url }) => `${method} ${url}`);
  }

  #store(resource: string, object: { readonly metadata: object }): StoredObject {
    const given = object.metadata as Partial<StoredMeta> & { readonly name: string };
    const at: Target = { namespace: given.namespace, name: given.name };
    const before = this.#objects.get(keyOf(resource, at));
    this.#version += 1;
    this.#uids += 1;
    const metadata: StoredMeta = {
      ...given,
      uid: given.uid ?? before?.object.metadata.uid ?? uidOf(`object ${this.#uids}`),
      creationTimestamp: given.creationTimestamp ?? CREATED,
      resourceVersion: String(this.#version),
    };
    const stored: StoredObject = structuredClone({ ...object, metadata });
    this.#objects.set(keyOf(resource, at), { resource, object: stored });
    this.#tell(resource, before === undefined ? 'ADDED' : 'MODIFIED', stored);
    return stored;
  }

  #tell(resource: string, type: string, object: StoredObject): void {
    const line = `${JSON.stringify({ type, object })}\n`;
    this.#events.push({ version: this.#version, resource, line });
    for (const watcher of this.#watchers) if (watcher.resource === resource) watcher.response.write(line);
  }

  #answer(request: SeenRequest, response: ServerResponse): void {
    this.meanwhile(request);
    const failure = this.failure(request);
    if (failure !== undefined) {
      const status =
        typeof failure === 'number' ? failureStatus(failure, failure === 404 ? 'NotFound' : 'Failed') : failure;
      sendJson(response, status.code, status);
      return;
    }
    const { pathname, searchParams } = new URL(request.url, 'http://x');
    const place = placeOf(pathname);
    if (searchParams.has('watch')) this.#watch(place, Number(searchParams.get('resourceVersion')), response);
    else if (request.method === 'GET') this.#read(place, searchParams.get('labelSelector'), response);
    else if (request.method === 'POST') this.#create(place, request, response);
    else if (request.method === 'PUT') this.#replace(place, request, response);
    else if (request.method === 'PATCH') this.#patch(place, request, response);
    else if (request.method === 'DELETE') this.#delete(place, request, response);
    else sendJson(response, 405, failureStatus(405, 'MethodNotAllowed'));
  }

  #watch({ resource }: Place, since: number, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    for (const event of this.#events) {
      if (event.resource === resource && event.version > since) response.write(event.line);
    }
    const watcher = { resource, response };
    this.#watchers.add(watcher);
    response.once('close', () => this.#watchers.delete(watcher));
  }

  #read({ resource, namespace, name }: Place, labelSelector: string | null, response: ServerResponse): void {
    if (name === undefined) {
      const items = [...this.#objects.values()]
        .filter(entry => entry.resource === resource)
        .map(({ object }) => object)
        .filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace)
        .filter(({ metadata }) => labelSelector === null || isSelected(labelSelector, metadata.labels));
      sendJson(response, 200, { metadata: { resourceVersion: String(this.#version) }, items });
      return;
    }
    const entry = this.#objects.get(keyOf(resource, { namespace, name }));
    if (entry === undefined) sendJson(response, 404, failureStatus(404, 'NotFound'));
    else sendJson(response, 200, entry.object);
  }

  #create(
    { resource, namespace }: Place,
    { body, url }: Pick<SeenRequest, 'body' | 'url'>,
    response: ServerResponse,
  ): void {
    const object = JSON.parse(body) as StoredObject;
    if (isDryRun(url)) {
      const metadata = { ...object.metadata, creationTimestamp: CREATED };
      sendJson(response, 201, { ...object, metadata });
      return;
    }
    if (this.#objects.has(keyOf(resource, { namespace, name: object.metadata.name }))) {
      sendJson(response, 409, failureStatus(409, 'AlreadyExists'));
    } else sendJson(response, 201, this.#store(resource, object));
  }

  #patch(place: Place, { body, url, headers }: SeenRequest, response: ServerResponse): void {
    const { resource, namespace, name = '' } = place;
    const stored = this.#objects.get(keyOf(resource, { namespace, name }))?.object;
    // Server-side apply makes what is not there.
    if (stored === undefined && headers['content-type']?.startsWith('application/apply-patch')) {
      this.#create(place, { body, url }, response);
      return;
    }
    if (stored === undefined) {
      sendJson(response, 404, failureStatus(404, 'NotFound'));
      return;
    }
    const patch = JSON.parse(body) as { readonly metadata?: Partial<StoredMeta> };
    if (isOfOther(stored, patch.metadata)) {
      sendJson(response, 409, failureStatus(409, 'Conflict'));
      return;
    }
    const next = mergePatch(stored, patch) as StoredObject;
    sendJson(response, 200, isDryRun(url) ? next : this.#store(resource, next));
  }

  #delete(place: Place, { body }: SeenRequest, response: ServerResponse): void {
    const { resource, namespace, name = '' } = place;
    const entry = this.#objects.get(keyOf(resource, { namespace, name }));
    const { preconditions } = JSON.parse(body || '{}') as { readonly preconditions?: Partial<StoredMeta> };
    if (entry === undefined) sendJson(response, 404, failureStatus(404, 'NotFound'));
    else if (isOfOther(entry.object, preconditions)) sendJson(response, 409, failureStatus(409, 'Conflict'));
    else {
      this.#drop(resource, { namespace, name });
      sendJson(response, 200, { kind: 'Status', status: 'Success' });
    }
  }

  #replace(place: Place, { body, url }: SeenRequest, response: ServerResponse): void {
    const { resource, namespace, name = '', subresource } = place;
    const stored = this.#objects.get(keyOf(resource, { namespace, name }))?.object;
    if (stored === undefined) {
      sendJson(response, 404, failureStatus(404, 'NotFound'));
      return;
    }
    const object = JSON.parse(body) as StoredObject;
    if (isOfOther(stored, object.metadata)) {
      sendJson(response, 409, failureStatus(409, 'Conflict'));
      return;
    }
    if (isDryRun(url)) {
      sendJson(response, 200, object);
      return;
    }
    const next = subresource === 'status' ? { ...stored, status: object['status'] } : object;
    sendJson(response, 200, this.#store(resource, { ...next, metadata: { ...object.metadata, ...idOf(stored) } }));
  }
}

const idOf = ({ metadata: { uid, creationTimestamp } }: StoredObject) => ({ uid, creationTimestamp });

/** Whether a write names another object, or another version, than the one that is there. */
const isOfOther = ({ metadata }: StoredObject, { uid, resourceVersion }: Partial<StoredMeta> = {}): boolean =>
  (uid !== undefined && uid !== metadata.uid) ||
  (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion);

const isDryRun = (url: string): boolean => url.includes('dryRun=All');

/** `KEY` or `KEY=VALUE`. */
const isSelected = (selector: string, labels: StoredMeta['labels'] = {}): boolean => {
  const [key = '', value] = selector.split('=');
  return value === undefined ? key in labels : labels[key] === value;
};

/** JSON merge patch (RFC 7386). */
const mergePatch = (target: unknown, patch: unknown): unknown => {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const base = typeof target === 'object' && target !== null && !Array.isArray(target) ? target : {};
  const merged = { ...base, ...mapEntries(patch, (key, value) => mergePatch(Reflect.get(base, key), value)) };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null));
};

const mapEntries = (object: object, map: (key: string, value: unknown) => unknown): object =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(key, value)]));
