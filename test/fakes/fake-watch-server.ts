import type { ServerResponse } from 'node:http';
import type { KubeObject } from '../../api/kinds/object-meta.ts';
import { FakeApiServer, failureStatus, sendJson } from './fake-api-server.ts';

interface ListedObject {
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** One watch that a client has opened. */
export class FakeWatch {
  /** The version that the client asked to go on from. */
  readonly resourceVersion: string;
  readonly query: URLSearchParams;
  readonly #response: ServerResponse;

  constructor(query: URLSearchParams, response: ServerResponse) {
    this.query = query;
    this.resourceVersion = query.get('resourceVersion') ?? '';
    this.#response = response;
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
  }

  send(type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR', object: unknown): void {
    this.write(`${JSON.stringify({ type, object })}\n`);
  }

  /** A bookmark: all up to this version has been told. */
  bookmark(resourceVersion: string): void {
    this.send('BOOKMARK', { metadata: { resourceVersion } });
  }

  write(bytes: string | Uint8Array): void {
    this.#response.write(bytes);
  }

  /** Writes each byte in a packet of its own, so that characters and objects are split everywhere. */
  async trickle(text: string): Promise<void> {
    for (const byte of Buffer.from(text, 'utf8')) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#response.write(Uint8Array.of(byte), () => resolve());
      await promise;
    }
  }

  /** Ends the watch in good order, as an API server does every few minutes. */
  end(): void {
    this.#response.end();
  }

  /** Cuts the connection in the middle of it. */
  cut(): void {
    this.#response.destroy();
  }
}

/** A real server that plays an API server with one resource, list and watch, as badly as a test wants it. */
export class FakeWatchServer {
  readonly api: FakeApiServer;
  /** What a list tells, in pages. */
  pages: readonly (readonly ListedObject[])[] = [[]];
  resourceVersion = '1';
  /** HTTP status codes of the next lists and watches; then they go well again. */
  readonly listFailures: number[] = [];
  readonly watchFailures: number[] = [];
  /** Queries of all lists. */
  readonly lists: URLSearchParams[] = [];
  readonly #opened: FakeWatch[] = [];
  readonly #waiting: ((watch: FakeWatch) => void)[] = [];

  private constructor(api: FakeApiServer) {
    this.api = api;
    api.handler = ({ url }, response) => {
      const { searchParams } = new URL(url, 'http://x');
      if (searchParams.has('watch')) this.#watch(searchParams, response);
      else this.#list(searchParams, response);
    };
  }

  static async start(): Promise<FakeWatchServer> {
    return new FakeWatchServer(await FakeApiServer.start());
  }

  /** The next watch that has not been asked for yet. */
  nextWatch(): Promise<FakeWatch> {
    const opened = this.#opened.shift();
    if (opened) return Promise.resolve(opened);
    const { promise, resolve } = Promise.withResolvers<FakeWatch>();
    this.#waiting.push(resolve);
    return promise;
  }

  stop(): Promise<void> {
    return this.api.stop();
  }

  #watch(query: URLSearchParams, response: ServerResponse): void {
    const failure = this.watchFailures.shift();
    if (failure !== undefined) {
      sendJson(response, failure, failureStatus(failure, 'Failed'));
      return;
    }
    const watch = new FakeWatch(query, response);
    const waiting = this.#waiting.shift();
    if (waiting) waiting(watch);
    else this.#opened.push(watch);
  }

  #list(query: URLSearchParams, response: ServerResponse): void {
    this.lists.push(query);
    const failure = this.listFailures.shift();
    if (failure) {
      sendJson(response, failure, failureStatus(failure, 'Failed'));
      return;
    }
    const page = Number(query.get('continue') ?? '0');
    const isLast = page >= this.pages.length - 1;
    const metadata = { resourceVersion: this.resourceVersion, ...(isLast ? {} : { continue: String(page + 1) }) };
    sendJson(response, 200, { metadata, items: this.pages[page] ?? [] });
  }
}

/** A namespace as it stands in lists and events. */
export const watched = (
  name: string,
  resourceVersion: string,
  metadata: Partial<KubeObject['metadata']> = {},
): ListedObject => ({
  metadata: { name, uid: `uid-${name}`, resourceVersion, creationTimestamp: '2026-01-01T00:00:00Z', ...metadata },
});
