import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

const BLOCK = 512;
/** A path of Kubernetes has some hundred bytes; a header that holds more than this holds no path. */
const MAX_LONG_NAME = 64 * 1024;
/** Manifests of a cluster are some 100 MiB; a gzip bomb is more. */
const MAX_BYTES = 16 * 1024 ** 3;
/** More objects than this have not been seen in a cluster. */
const MAX_WANTED_FILES = 1_000_000;

/** An archive that is not what Velero writes. The message says what is wrong, to stand behind a colon. */
export class BrokenArchive extends Error {
  override readonly name = 'BrokenArchive';
}

/** Hands out a stream piece by piece, or passes over what nobody wants, without ever holding more than one piece. */
class ByteReader {
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #maxBytes: number;
  #rest: Buffer = Buffer.alloc(0);
  #total = 0;

  constructor(stream: AsyncIterable<Buffer>, maxBytes: number) {
    this.#chunks = stream[Symbol.asyncIterator]();
    this.#maxBytes = maxBytes;
  }

  /** A header block; `undefined` where the stream ends before it. */
  async block(): Promise<Buffer | undefined> {
    const parts: Buffer[] = [];
    const length = await this.#each(BLOCK, part => parts.push(part));
    return length < BLOCK ? undefined : Buffer.concat(parts);
  }

  /** The content of an entry, with what fills its last block passed over. */
  async content(size: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    await this.#whole(padded(size), part => parts.push(part));
    return Buffer.concat(parts).subarray(0, size);
  }

  async skip(size: number): Promise<void> {
    await this.#whole(padded(size), () => undefined);
  }

  async #whole(length: number, use: (part: Buffer) => void): Promise<void> {
    if ((await this.#each(length, use)) < length) throw new BrokenArchive('it ends in the middle of a file');
  }

  async #each(length: number, use: (part: Buffer) => void): Promise<number> {
    for (let missing = length; missing > 0; ) {
      if (this.#rest.length === 0) {
        const { value, done } = await this.#chunks.next();
        if (done) return length - missing;
        this.#total += value.length;
        if (this.#total > this.#maxBytes) throw new BrokenArchive('it is larger than any backup should be');
        this.#rest = value;
      }
      const part = this.#rest.subarray(0, missing);
      this.#rest = this.#rest.subarray(part.length);
      missing -= part.length;
      use(part);
    }
    return length;
  }
}

const padded = (size: number): number => Math.ceil(size / BLOCK) * BLOCK;

interface Entry {
  readonly path: string;
  readonly size: number;
  readonly type: string;
}

const field = (header: Buffer, start: number, end: number): string => {
  const bytes = header.subarray(start, end);
  const zero = bytes.indexOf(0);
  return bytes.subarray(0, zero === -1 ? bytes.length : zero).toString('utf8');
};

/** A ustar header (POSIX.1-1988, pax(1)); nothing for the zeros at the end. */
const entryOf = (header: Buffer): Entry | undefined => {
  if (header.every(byte => byte === 0)) return undefined;
  const sum = header.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 0x20 : byte), 0);
  const told = field(header, 148, 156).trim();
  if (!/^[0-7]+$/.test(told) || Number.parseInt(told, 8) !== sum) throw new BrokenArchive('a tar header is damaged');
  // Sizes beyond 8 GiB are written in another way; no file of a backup is that large.
  const size = field(header, 124, 136).trim();
  if (!/^[0-7]+$/.test(size)) throw new BrokenArchive('a tar header names no size');
  const prefix = field(header, 345, 500);
  const name = field(header, 0, 100);
  return {
    path: prefix === '' ? name : `${prefix}/${name}`,
    size: Number.parseInt(size, 8),
    type: field(header, 156, 157) || '0',
  };
};

const badRecord = (): BrokenArchive => new BrokenArchive('a pax header is damaged');

/** The `path` of a pax extended header: records of `LENGTH KEY=VALUE\n` (POSIX.1-2001). */
const paxPath = (records: Buffer): string | undefined => {
  let path: string | undefined;
  for (let at = 0; at < records.length; ) {
    const space = records.indexOf(0x20, at);
    const digits = space === -1 ? '' : records.subarray(at, space).toString('latin1');
    const end = at + Number(digits);
    if (!/^[1-9]\d*$/.test(digits) || end > records.length) throw badRecord();
    const [, key, value] = /^([^=]+)=(.*)\n$/s.exec(records.subarray(space + 1, end).toString('utf8')) ?? [];
    if (key === undefined || value === undefined) throw badRecord();
    // Another size would have the rest read at other places than others read it.
    if (key === 'size' || value.includes('\0')) throw badRecord();
    if (key === 'path') path = value;
    at = end;
  }
  return path;
};

const gnuName = (content: Buffer): string => field(content, 0, content.length);

/** As an archive is unpacked: relative, and nowhere but below where it is unpacked to. */
const normalPath = (path: string): string => {
  const normal = path.startsWith('./') ? path.slice(2) : path;
  if (normal.startsWith('/') || normal.split('/').includes('..')) {
    throw new BrokenArchive('a file would lie outside of the archive');
  }
  return normal;
};

export interface TarFile {
  readonly path: string;
  readonly content: Buffer;
}

export interface TarOptions {
  readonly isWanted: (path: string) => boolean;
  /** Of a file that is wanted; etcd limits what an object can be. */
  readonly maxFileBytes: number;
  /** Of all that is in the archive, unzipped; 16 GiB unless told. */
  readonly maxBytes?: number;
}

async function* filesIn(bytes: ByteReader, { isWanted, maxFileBytes }: TarOptions): AsyncGenerator<TarFile> {
  const seen = new Set<string>();
  /** The true name of the next entry, where it does not fit into its header. */
  let longPath: string | undefined;
  for (;;) {
    const header = await bytes.block();
    if (header === undefined) throw new BrokenArchive('it ends without an end');
    const entry = entryOf(header);
    if (entry === undefined) return;
    const { size, type } = entry;
    switch (type) {
      case 'x':
      case 'L': {
        if (size > MAX_LONG_NAME) throw new BrokenArchive('a name in it is longer than a name can be');
        if (longPath !== undefined) throw new BrokenArchive('a file in it has two names');
        const content = await bytes.content(size);
        longPath = type === 'L' ? gnuName(content) : paxPath(content);
        continue;
      }
      // Names, or sizes, for all that follows: Velero writes none, and readers differ.
      case 'g':
        throw new BrokenArchive('it has a global header');
      default:
    }
    const path = normalPath(longPath ?? entry.path);
    longPath = undefined;
    if (type !== '0' || !isWanted(path)) {
      await bytes.skip(size);
      continue;
    }
    // Which of two counts is for the reader to say; Velero unpacks both, one over the other.
    if (seen.has(path)) throw new BrokenArchive(`it holds "${path}" twice`);
    if (seen.size >= MAX_WANTED_FILES) throw new BrokenArchive('it holds more files than any backup should');
    if (size > maxFileBytes) throw new BrokenArchive(`"${path}" is larger than an object can be`);
    seen.add(path);
    yield { path, content: await bytes.content(size) };
  }
}

/**
 * The files of a gzipped tar archive that are wanted, one after another and whole; others are passed over without being
 * kept. Reads what Go's archive/tar writes for Velero: ustar, and pax for long paths; and GNU's long names.
 * Ends, and lets go of the stream, when the archive does, when the caller stops, and at the first flaw.
 * @throws BrokenArchive for what is no such thing, is damaged or cut off, or is larger than told
 */
export async function* tarFiles(zipped: Readable, options: TarOptions): AsyncGenerator<TarFile> {
  const unzip = createGunzip();
  zipped.on('error', error => unzip.destroy(error));
  try {
    yield* filesIn(new ByteReader(zipped.pipe(unzip), options.maxBytes ?? MAX_BYTES), options);
  } catch (error) {
    if (error instanceof BrokenArchive) throw error;
    throw new BrokenArchive('it is damaged, or the object store broke off', { cause: error });
  } finally {
    zipped.destroy();
    unzip.destroy();
  }
}
