import { PackagingError } from './packaging-error.ts';

// https://learn.microsoft.com/windows/win32/debug/pe-format
const PE_OFFSET = 0x3c;
const PE_MAGIC = 0x00004550;
const OPTIONAL_HEADER = 24;
const PE32_PLUS = 0x20b;
const CERTIFICATE_TABLE = 112 + 4 * 8;

/**
 * Makes a 64-bit Windows executable one without a signature: Node's own no longer fits once a program was put in, and a
 * broken signature looks worse to people and virus scanners than none. Changes the bytes in place. Throws
 * `NotPortableExecutable`.
 */
export const dropPeSignature = (content: Uint8Array): void => {
  const file = Buffer.from(content.buffer, content.byteOffset, content.length);
  const pe = file.length < PE_OFFSET + 4 ? file.length : file.readUInt32LE(PE_OFFSET);
  const header = pe + OPTIONAL_HEADER;
  if (
    header + CERTIFICATE_TABLE + 8 > file.length ||
    file.readUInt32LE(pe) !== PE_MAGIC ||
    file.readUInt16LE(header) !== PE32_PLUS
  ) {
    throw new PackagingError('NotPortableExecutable', 'not a 64-bit executable of Windows');
  }
  file.fill(0, header + CERTIFICATE_TABLE, header + CERTIFICATE_TABLE + 8);
};
