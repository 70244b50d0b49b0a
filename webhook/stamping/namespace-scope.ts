import type { BackupSelection } from '../../api/velero/velero-types.ts';
import { matchesGlob } from './matches-glob.ts';

/**
 * Whether a Backup takes a namespace: excludes win, no include means all, and names may be globs since Velero 1.18
 * (pkg/util/collections/includes_excludes.go). Beside a bare `*` in the includes, other globs are taken to the letter
 * (`ShouldExpandWildcards` of pkg/util/wildcard/expand.go).
 */
export const takesNamespace = (selection: BackupSelection, name: string): boolean => {
  const includes = selection.includedNamespaces ?? [];
  const takesAll = includes.length === 0 || includes.includes('*');
  const fits = includes.includes('*')
    ? (pattern: string) => pattern === name
    : (pattern: string) => matchesGlob(name, pattern);
  if ((selection.excludedNamespaces ?? []).some(pattern => pattern === '*' || fits(pattern))) return false;
  return takesAll || includes.some(fits);
};
