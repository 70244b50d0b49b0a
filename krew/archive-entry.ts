/** One file of an archive; archives of the same entries are the same, byte by byte. */
export interface ArchiveEntry {
  /** Without folders, ASCII, at most 100 characters: what the oldest header of a tar holds. */
  readonly name: string;
  readonly content: Uint8Array;
  readonly executable: boolean;
}

/** No archive says when it was made. The first moment that a zip can name: 1980-01-01T00:00:00Z. */
export const ARCHIVE_TIME_SECONDS = 315_532_800;
