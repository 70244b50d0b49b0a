import { ARCHIVE_TIME_SECONDS, type ArchiveEntry } from './archive-entry.ts';
import { PackagingError } from './packaging-error.ts';

const BLOCK = 512;

/** A number of a header: octal digits, ended by a zero byte. */
const octal = (value: number, length: number): string => `${value.toString(8).padStart(length - 1, '0')}\0`;

const header = ({ name, content, executable }: ArchiveEntry): Buffer => {
  if (!/^[\x21-\x7e]{1,100}$/.test(name) || name.includes('/')) {
    throw new PackagingError('EntryInvalid', `"${name}" cannot be the name of a file in an archive`);
  }
  const block = Buffer.alloc(BLOCK);
  block.write(name, 0);
  block.write(octal(executable ? 0o755 : 0o644, 8), 100);
  // Owner and group: root, whoever builds.
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(content.length, 12), 124);
  block.write(octal(ARCHIVE_TIME_SECONDS, 12), 136);
  // The checksum counts itself as blanks.
  block.write(' '.repeat(8), 148);
  block.write('0', 156);
  block.write('ustar\x0000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${octal(sum, 7)} `, 148);
  return block;
};

/** A ustar archive (POSIX.1-1988). Throws `EntryInvalid`. */
export const tar = (entries: readonly ArchiveEntry[]): Buffer =>
  Buffer.concat([
    ...entries.flatMap(entry => {
      const padding = Buffer.alloc((BLOCK - (entry.content.length % BLOCK)) % BLOCK);
      return [header(entry), entry.content, padding];
    }),
    Buffer.alloc(2 * BLOCK),
  ]);
