import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import Type from 'typebox';
import { parserOf } from '../../api/parse.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { object, oneOf, text } from '../../api/schema.ts';

/** Where Velero lays a Namespace in a backup (pkg/archive/filesystem.go), once more for each version of the API. */
const NAMESPACE_FILE = /^resources\/namespaces\/(?:[^/]+\/)?cluster\/([^/]+)\.json$/;

const parseNamespace = parserOf(
  object({
    apiVersion: oneOf(['v1']),
    kind: oneOf(['Namespace']),
    metadata: object({ name: Type.String(), uid: text({ maxLength: 64 }) }),
  }),
  'a namespace in the content of the backup',
  'StampInvalid',
);

const BLOCK = 512;
/** An object of the API server is not larger than etcd takes. */
const MAX_FILE_BYTES = 2 * 1024 * 1024;
/** Manifests of a cluster are some 100 MiB; a gzip bomb is more. */
const MAX_CONTENT_BYTES = 16 * 1024 ** 3;

const broken = (what: string, cause?: unknown): RecoverError =>
  new RecoverError(
    {
      code: 'StampInvalid',
      message: `the content of the backup cannot be read: ${what}`,
      mend: 'look at it with: velero backup describe NAME --details',
    },
    { cause },
  );

interface Entry {
  readonly name: string;
  readonly size: number;
  readonly type: string;
}

const field = (header: Buffer, start: number, end: number): string => {
  const text = header.subarray(start, end).toString('latin1');
  const zero = text.indexOf('\0');
  return zero === -1 ? text : text.slice(0, zero);
};

/** A ustar header (POSIX.1-1988, pax(1)); nothing for the zeros at the end. */
const entryOf = (header: Buffer): Entry | undefined => {
  if (header.every(byte => byte === 0)) return undefined;
  const sum = header.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 0x20 : byte), 0);
  if (Number.parseInt(field(header, 148, 156).trim(), 8) !== sum) throw broken('a tar header is damaged');
  const size = field(header, 124, 136).trim();
  if (!/^[0-7]+$/.test(size)) throw broken('a tar header names no size');
  const prefix = field(header, 345, 500);
  const name = field(header, 0, 100);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    size: Number.parseInt(size, 8),
    type: field(header, 156, 157) || '0',
  };
};

/** Hands out a stream piece by piece, or passes over what nobody wants, without ever holding more than one piece. */
class ByteReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #held: Buffer = Buffer.alloc(0);
  #total = 0;

  constructor(stream: AsyncIterable<Buffer>) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /** Exactly this many bytes; fewer only where the stream ends. */
  async read(length: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (let missing = length; missing > 0; ) {
      const part = await this.#next(missing);
      if (part === undefined) break;
      parts.push(part);
      missing -= part.length;
    }
    return Buffer.concat(parts);
  }

  async skip(length: number): Promise<void> {
    for (let missing = length; missing > 0; ) {
      const part = await this.#next(missing);
      if (part === undefined) throw broken('it ends in the middle of a file');
      missing -= part.length;
    }
  }

  async #next(atMost: number): Promise<Buffer | undefined> {
    while (this.#held.length === 0) {
      const { done, value } = await this.#chunks.next();
      if (done) return undefined;
      this.#total += value.length;
      if (this.#total > MAX_CONTENT_BYTES) throw broken('it is larger than any backup should be');
      this.#held = value;
    }
    const part = this.#held.subarray(0, atMost);
    this.#held = this.#held.subarray(part.length);
    return part;
  }
}

const padded = (size: number): number => Math.ceil(size / BLOCK) * BLOCK;

const uidOf = (name: string, content: Buffer): string => {
  let parsed: unknown;
  try {
    parsed = JSON.parse(content.toString('utf8'));
  } catch (cause) {
    throw broken(`namespace "${name}" is no JSON`, cause);
  }
  const { metadata } = parseNamespace(parsed);
  if (metadata.name !== name) throw broken(`the file of namespace "${name}" holds another one`);
  return metadata.uid;
};

const readFiles = async (bytes: ByteReader): Promise<Map<string, string>> => {
  const uids = new Map<string, string>();
  /** The next entry has a longer name than stands in its header (pax `x`, GNU `L`); ours are never that long. */
  let isRenamed = false;
  for (;;) {
    const header = await bytes.read(BLOCK);
    if (header.length < BLOCK) throw broken('it ends without an end');
    const entry = entryOf(header);
    if (entry === undefined) return uids;
    const [, name] = NAMESPACE_FILE.exec(entry.name) ?? [];
    const isWanted = name !== undefined && entry.type === '0' && !isRenamed;
    isRenamed = entry.type === 'x' || entry.type === 'L';
    if (!isWanted || name === undefined) {
      await bytes.skip(padded(entry.size));
      continue;
    }
    if (entry.size > MAX_FILE_BYTES) throw broken(`namespace "${name}" is larger than an object can be`);
    const uid = uidOf(name, (await bytes.read(padded(entry.size))).subarray(0, entry.size));
    if ((uids.get(name) ?? uid) !== uid) throw broken(`it holds two namespaces "${name}"`);
    uids.set(name, uid);
  }
};

/**
 * UIDs of the namespaces in the content of a backup (gzipped tar), by name.
 * @throws RecoverError `StampInvalid` for content that is no such thing
 */
export const readNamespaces = async (zipped: Readable): Promise<ReadonlyMap<string, string>> => {
  const unzip = createGunzip();
  zipped.on('error', error => unzip.destroy(error));
  try {
    return await readFiles(new ByteReader(zipped.pipe(unzip)));
  } catch (error) {
    if (error instanceof RecoverError) throw error;
    throw broken('it is damaged, or the object store broke off', error);
  } finally {
    zipped.destroy();
    unzip.destroy();
  }
};
