const BLOCK = 512;
/** A pax header holds a path; more than this is no path of Kubernetes. */
const MAX_PAX = 64 * 1024;

/** Bytes of a stream, taken as they are needed. */
class ByteReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(stream: AsyncIterable<Buffer>) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /** So many bytes; fewer only where the stream ends. */
  async take(count: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    await this.#each(count, part => parts.push(part));
    return Buffer.concat(parts);
  }

  async skip(count: number): Promise<void> {
    await this.#each(count, () => undefined);
  }

  async #each(count: number, use: (part: Buffer) => void): Promise<void> {
    for (let left = count; left > 0; ) {
      if (this.#rest.length === 0) {
        const { value, done } = await this.#chunks.next();
        if (done) return;
        this.#rest = value;
      }
      const part = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(part.length);
      left -= part.length;
      use(part);
    }
  }
}

const textIn = (header: Buffer, start: number, length: number): string => {
  const field = header.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.subarray(0, end === -1 ? length : end).toString('utf8');
};

/** The `path` of a pax extended header: records of `LENGTH KEY=VALUE\n` (POSIX.1-2001). */
const paxPath = (records: Buffer): string | undefined => {
  for (let at = 0; at < records.length; ) {
    const space = records.indexOf(0x20, at);
    const length = Number(records.subarray(at, space).toString('utf8'));
    if (space === -1 || !Number.isInteger(length) || length <= 0) return undefined;
    const [, key, value] = /^([^=]+)=(.*)\n$/s.exec(records.subarray(space + 1, at + length).toString('utf8')) ?? [];
    if (key === 'path') return value;
    at += length;
  }
  return undefined;
};

export interface TarFile {
  readonly path: string;
  readonly content: Buffer;
}

/**
 * The files of a tar archive that are wanted, one after another; others are passed over without being kept. Reads what
 * Go's archive/tar writes for Velero: ustar, and pax for long paths.
 * @throws RangeError for a file that is larger than told
 */
export async function* tarFiles(
  stream: AsyncIterable<Buffer>,
  isWanted: (path: string) => boolean,
  maxFileBytes: number,
): AsyncGenerator<TarFile> {
  const reader = new ByteReader(stream);
  let longPath: string | undefined;
  for (;;) {
    const header = await reader.take(BLOCK);
    // An archive ends with blocks of zeros.
    if (header.length < BLOCK || header[0] === 0) return;
    const size = Number.parseInt(textIn(header, 124, 12).trim() || '0', 8);
    if (!Number.isSafeInteger(size) || size < 0) throw new RangeError('a tar header tells no size');
    const padded = Math.ceil(size / BLOCK) * BLOCK;
    const type = textIn(header, 156, 1) || '0';
    if (type === 'x') {
      if (size > MAX_PAX) throw new RangeError('a pax header is too large');
      longPath = paxPath((await reader.take(padded)).subarray(0, size));
      continue;
    }
    const prefix = textIn(header, 345, 155);
    const name = textIn(header, 0, 100);
    const path = longPath ?? (prefix === '' ? name : `${prefix}/${name}`);
    longPath = undefined;
    if (type !== '0' || !isWanted(path)) {
      await reader.skip(padded);
      continue;
    }
    if (size > maxFileBytes) throw new RangeError(`"${path}" is larger than ${maxFileBytes} bytes`);
    yield { path, content: (await reader.take(padded)).subarray(0, size) };
  }
}
