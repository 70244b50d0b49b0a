import { posix } from 'node:path';
import type { BackupSelection } from '../../api/velero/velero-types.ts';

const fits = (name: string, patterns: readonly string[]): boolean =>
  patterns.some(pattern => pattern === '*' || posix.matchesGlob(name, pattern));

/**
 * Whether a Backup takes a namespace: excludes win, no include means all, and names may be globs since Velero 1.18
 * (pkg/util/collections/includes_excludes.go).
 */
export const takesNamespace = (selection: BackupSelection, name: string): boolean => {
  const includes = selection.includedNamespaces ?? [];
  if (fits(name, selection.excludedNamespaces ?? [])) return false;
  return includes.length === 0 || fits(name, includes);
};
