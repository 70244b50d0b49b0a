import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type DownloadRequest, VELERO } from '../../api/velero/velero-types.ts';
import type { FakeObjectServer } from './fake-object-server.ts';

/** A bucket, and of Velero what gives each DownloadRequest an address in it. */
export class FakeDownloads {
  /** What the bucket holds, by kind of download; a number is a status code. */
  files: Record<string, Buffer | number>;
  /** Kinds of what was fetched. */
  downloads: string[] = [];
  /** Names of what was asked for. */
  names: string[] = [];
  readonly #store: Server;

  private constructor(files: FakeDownloads['files']) {
    this.files = files;
    this.#store = createServer((request, response) => {
      const kind = request.url?.slice(1) ?? '';
      this.downloads.push(kind);
      const file = this.files[kind] ?? 404;
      if (typeof file === 'number') response.writeHead(file).end();
      else response.writeHead(200, { 'content-length': file.length }).end(file);
    }).listen(0, '127.0.0.1');
  }

  static async start(server: FakeObjectServer, files: FakeDownloads['files'] = {}): Promise<FakeDownloads> {
    const fake = new FakeDownloads(files);
    await once(fake.#store, 'listening');
    const url = `http://127.0.0.1:${(fake.#store.address() as AddressInfo).port}`;
    server.meanwhile = ({ method, url: path = '' }) => {
      const name = path.split('/').at(-1) ?? '';
      if (method !== 'GET' || !path.includes('/downloadrequests/')) return;
      const found = server.find<DownloadRequest>(VELERO.downloadRequests, { namespace: 'velero', name });
      if (found === undefined) return;
      const { target } = found.spec;
      fake.names.push(target.name);
      server.put(VELERO.downloadRequests, { ...found, status: { downloadURL: `${url}/${target.kind}` } });
    };
    return fake;
  }

  stop(): void {
    this.#store.close();
  }
}
