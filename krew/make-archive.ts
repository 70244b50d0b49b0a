import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { ArchiveEntry } from './archive-entry.ts';
import type { Platform } from './platforms.ts';
import { tar } from './tar.ts';
import { zip } from './zip.ts';

/** What krew unpacks: zip for Windows, else tar.gz. */
export const makeArchive = async ({ os }: Platform, entries: readonly ArchiveEntry[]): Promise<Uint8Array> =>
  os === 'windows' ? zip(entries) : promisify(gzip)(tar(entries));
