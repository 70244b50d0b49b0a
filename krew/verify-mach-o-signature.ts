import { createHash } from 'node:crypto';
import { PackagingError } from './packaging-error.ts';

// Of Apple's mach-o/loader.h and cs_blobs.h; load commands are little-endian, signatures big-endian.
const MACH_O_64 = 0xfeedfacf;
const HEADER_BYTES = 32;
const LC_CODE_SIGNATURE = 0x1d;
const EMBEDDED_SIGNATURE = 0xfade0cc0;
const CODE_DIRECTORY = 0xfade0c02;
const CODE_DIRECTORY_SLOT = 0;
const SHA256 = 2;
const ADHOC = 0x2;

const invalid = (message: string): PackagingError => new PackagingError('SignatureInvalid', message);

/** Offset and length of the signature in the file. */
const signatureOf = (file: Buffer): { readonly offset: number; readonly length: number } => {
  if (file.length < HEADER_BYTES || file.readUInt32LE(0) !== MACH_O_64) {
    throw new PackagingError('NotMachO', 'not a 64-bit executable of macOS');
  }
  let at = HEADER_BYTES;
  for (let left = file.readUInt32LE(16); left > 0; left -= 1) {
    if (file.readUInt32LE(at) === LC_CODE_SIGNATURE) {
      return { offset: file.readUInt32LE(at + 8), length: file.readUInt32LE(at + 12) };
    }
    at += file.readUInt32LE(at + 4);
  }
  throw invalid('there is no signature');
};

const codeDirectoryOf = (signature: Buffer): Buffer => {
  if (signature.length < 12 || signature.readUInt32BE(0) !== EMBEDDED_SIGNATURE) throw invalid('it is cut off');
  for (let index = 0; index < signature.readUInt32BE(8); index += 1) {
    const entry = 12 + 8 * index;
    if (signature.readUInt32BE(entry) !== CODE_DIRECTORY_SLOT) continue;
    const directory = signature.subarray(signature.readUInt32BE(entry + 4));
    if (directory.readUInt32BE(0) === CODE_DIRECTORY) return directory.subarray(0, directory.readUInt32BE(4));
  }
  throw invalid('it has no code directory');
};

/**
 * Checks an ad-hoc signature as the kernel of macOS does: every page up to the signature has the hash that the code
 * directory names. Throws `NotMachO`, `SignatureInvalid`.
 */
export const verifyMachOSignature = (content: Uint8Array): void => {
  const file = Buffer.from(content.buffer, content.byteOffset, content.length);
  const { offset, length } = signatureOf(file);
  if (offset + length !== file.length) throw invalid('it is not at the end of the file');
  const directory = codeDirectoryOf(file.subarray(offset));
  if ((directory.readUInt32BE(12) & ADHOC) === 0) throw invalid('it is not an ad-hoc one');
  if (directory.readUInt8(36) !== 32 || directory.readUInt8(37) !== SHA256) throw invalid('its hashes are no SHA-256');
  if (directory.readUInt32BE(32) !== offset) throw invalid('it does not cover all that is before it');
  const pageBytes = 2 ** directory.readUInt8(39);
  const pages = Math.ceil(offset / pageBytes);
  if (directory.readUInt32BE(28) !== pages) throw invalid('it does not have one hash for each page');
  const hashes = directory.subarray(directory.readUInt32BE(16));
  for (let page = 0; page < pages; page += 1) {
    const bytes = file.subarray(page * pageBytes, Math.min((page + 1) * pageBytes, offset));
    const hash = createHash('sha256').update(bytes).digest();
    if (!hash.equals(hashes.subarray(32 * page, 32 * (page + 1)))) throw invalid(`page ${page} was changed`);
  }
};
