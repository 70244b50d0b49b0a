export type PackagingErrorCode =
  | 'PlatformUnknown'
  | 'NotInLockfile'
  | 'IntegrityMismatch'
  | 'LicenseMissing'
  | 'EntryInvalid'
  | 'ChecksumMissing'
  | 'NotMachO'
  | 'SignatureInvalid'
  | 'NotPortableExecutable';

/** Base of everything this folder throws on purpose; tests tell the cases apart by `code`. */
export class PackagingError extends Error {
  readonly code: PackagingErrorCode;

  constructor(code: PackagingErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PackagingError';
    this.code = code;
  }
}
