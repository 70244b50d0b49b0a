import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { parse } from 'yaml';
import type { Io } from '../io.ts';

export type KubeconfigList = 'contexts' | 'clusters' | 'users';

const namesIn = (path: string, list: KubeconfigList): string[] => {
  const content: unknown = parse(readFileSync(path, 'utf8'));
  const entries: unknown = typeof content === 'object' && content !== null ? Reflect.get(content, list) : undefined;
  if (!Array.isArray(entries)) return [];
  return entries
    .map(entry => (entry as { readonly name?: unknown } | null)?.name)
    .filter(name => typeof name === 'string');
};

/** Names in the kubeconfigs that kubectl would read; no cluster is asked. */
export const kubeconfigNames = (list: KubeconfigList, flag: string | undefined, env: Io['env']): string[] => {
  const listed = (flag ?? env['KUBECONFIG'] ?? '').split(flag === undefined ? delimiter : '\0').filter(Boolean);
  const paths = listed.length > 0 ? listed : [join(env['HOME'] ?? homedir(), '.kube', 'config')];
  return [...new Set(paths.filter(path => existsSync(path)).flatMap(path => namesIn(path, list)))];
};
