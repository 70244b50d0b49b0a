import { crc32, deflateRawSync } from 'node:zlib';
import type { ArchiveEntry } from './archive-entry.ts';

// Signatures and fields: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3.7, 4.3.12 and 4.3.16.
const LOCAL_HEADER = 0x04034b50;
const CENTRAL_HEADER = 0x02014b50;
const END = 0x06054b50;
const VERSION_NEEDED = 20;
const MADE_ON_UNIX = (3 << 8) | VERSION_NEEDED;
const DEFLATED = 8;
// 1980-01-01, the first day that the format knows: ARCHIVE_TIME_SECONDS.
const DOS_TIME = 0;
const DOS_DATE = (1 << 5) | 1;

const uint16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
};

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};

interface Part {
  readonly local: Buffer;
  readonly central: (offset: number) => Buffer;
}

const partOf = ({ name, content, executable }: ArchiveEntry): Part => {
  const fileName = Buffer.from(name, 'ascii');
  const compressed = deflateRawSync(content);
  const noFlags = uint16(0);
  const noExtra = uint16(0);
  // These fields stand in both headers.
  const shared = Buffer.concat([
    ...[uint16(VERSION_NEEDED), noFlags, uint16(DEFLATED), uint16(DOS_TIME), uint16(DOS_DATE)],
    ...[uint32(crc32(content)), uint32(compressed.length), uint32(content.length)],
    ...[uint16(fileName.length), noExtra],
  ]);
  const mode = 0o100000 | (executable ? 0o755 : 0o644);
  return {
    local: Buffer.concat([uint32(LOCAL_HEADER), shared, fileName, compressed]),
    central: offset =>
      Buffer.concat([
        ...[uint32(CENTRAL_HEADER), uint16(MADE_ON_UNIX), shared],
        // Comment, disk and internal attributes: none.
        ...[uint16(0), uint16(0), uint16(0)],
        ...[uint32(mode * 0x10000), uint32(offset), fileName],
      ]),
  };
};

/** A zip archive, without the extensions for more than 4 GB. */
export const zip = (entries: readonly ArchiveEntry[]): Buffer => {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const { local, central } of entries.map(partOf)) {
    centrals.push(central(offset));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(centrals);
  const count = uint16(entries.length);
  // One disk, no comment.
  const end = [uint32(END), uint16(0), uint16(0), count, count, uint32(directory.length), uint32(offset), uint16(0)];
  return Buffer.concat([...locals, directory, ...end]);
};
