import { homedir } from 'node:os';
import { join } from 'node:path';

/** Outside the work tree, so that every checkout on the machine shares it; `KUBECTL_RECOVER_CACHE` moves it. */
export function cacheFolder(env: Readonly<Record<string, string | undefined>>): string {
  const own = env['KUBECTL_RECOVER_CACHE'];
  if (own !== undefined && own !== '') return own;
  // XDG Base Directory Specification: empty counts as not set.
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'kubectl-recover');
}
