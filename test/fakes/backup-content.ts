import { gzipSync } from 'node:zlib';

const BLOCK = 512;

export interface TarEntry {
  readonly name: string;
  readonly content: string | Buffer;
  /** Type flag of POSIX.1-1988; absent: a file. */
  readonly type?: string;
}

const header = ({ name, type = '0' }: TarEntry, size: number): Buffer => {
  const block = Buffer.alloc(BLOCK);
  block.write(name, 0, 100);
  block.write('0000755\0', 100);
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  block.write('        ', 148);
  block.write(type, 156);
  block.write('ustar\x0000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
};

/** A tar archive as Velero writes it, not yet zipped. */
export const tarOf = (entries: readonly TarEntry[]): Buffer =>
  Buffer.concat([
    ...entries.flatMap(entry => {
      const content = Buffer.from(entry.content);
      return [header(entry, content.length), content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)];
    }),
    Buffer.alloc(2 * BLOCK),
  ]);

/** The length of a pax record counts its own digits. */
const paxRecord = (text: string): string => {
  const bytes = Buffer.byteLength(text);
  let length = bytes + 2;
  while (`${length} `.length + bytes + 1 !== length) length = `${length} `.length + bytes + 1;
  return `${length} ${text}\n`;
};

/** What Go's archive/tar writes before a file whose path is too long for its header. */
export const paxEntry = (records: Readonly<Record<string, string>>): TarEntry => ({
  name: 'PaxHeaders.0/x',
  content: Object.entries(records)
    .map(([key, value]) => paxRecord(`${key}=${value}`))
    .join(''),
  type: 'x',
});

/** The same by GNU tar. */
export const longNameEntry = (name: string): TarEntry => ({ name: '././@LongLink', content: `${name}\0`, type: 'L' });

/** A namespace in a backup, as Velero lays it there. */
export const namespaceEntry = (name: string, uid: string, folder = ''): TarEntry => ({
  name: `resources/namespaces/${folder}cluster/${name}.json`,
  content: JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, uid } }),
});

export const contentOf = (...entries: readonly TarEntry[]): Buffer => gzipSync(tarOf(entries));
