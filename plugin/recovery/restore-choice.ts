import type { RestoreChoice } from '../../api/kinds/recovery.ts';
import { RecoverError } from '../../api/recover-error.ts';

/** What to restore, as flags say it. */
export interface RestoreFlags {
  readonly map: readonly string[];
  readonly includeResources: readonly string[];
  readonly excludeResources: readonly string[];
  readonly selector?: string | undefined;
  readonly volumes: 'restore' | 'skip';
  readonly existingResources: 'keep' | 'update';
}

const usage = (message: string, mend: string): RecoverError => new RecoverError({ code: 'UsageError', message, mend });

/** Every entry, `__proto__` too: what is typed is refused by the cluster, never dropped. */
const recordOf = (entries: ReadonlyMap<string, string>): Record<string, string> => Object.fromEntries(entries);

const parseMapping = (pairs: readonly string[]): Record<string, string> => {
  const mapping = new Map<string, string>();
  for (const pair of pairs) {
    const [from, to, ...rest] = pair.split('=');
    if (!from || !to || rest.length > 0) throw usage(`"${pair}" is no mapping`, 'write --map OLD=NEW');
    if (mapping.has(from)) throw usage(`namespace "${from}" is mapped twice`, 'give each --map once');
    mapping.set(from, to);
  }
  return recordOf(mapping);
};

const parseSelector = (selector: string): Record<string, string> => {
  const labels = new Map<string, string>();
  for (const term of selector.split(',')) {
    const [, key, value] = /^([^=!,\s]+)==?([^=!,\s]*)$/.exec(term.trim()) ?? [];
    if (key === undefined || value === undefined) {
      throw usage(`"${term}" is no selector that is supported here`, 'write -l key=value,key2=value2');
    }
    if (labels.has(key)) throw usage(`label "${key}" is selected twice`, 'write each key once');
    labels.set(key, value);
  }
  return recordOf(labels);
};

/** An empty name, as an unset variable leaves it, is refused: without it everything would be recovered. */
const parseResources = (values: readonly string[], flag: string): string[] => {
  const names = new Set<string>();
  for (const value of values) {
    for (const name of value.split(',')) {
      if (name === '') throw usage(`"${value}" is no list of resources`, `write ${flag} deployments.apps,services`);
      names.add(name);
    }
  }
  return [...names];
};

/**
 * What the Recovery asks for; the access token is signed over exactly this.
 * @throws RecoverError `UsageError`
 */
export const restoreChoice = (flags: RestoreFlags): RestoreChoice => {
  const mapping = parseMapping(flags.map);
  const included = parseResources(flags.includeResources, '--include-resources');
  const excluded = parseResources(flags.excludeResources, '--exclude-resources');
  return {
    ...(Object.keys(mapping).length > 0 ? { namespaceMapping: mapping } : {}),
    ...(included.length > 0 ? { includedResources: included } : {}),
    ...(excluded.length > 0 ? { excludedResources: excluded } : {}),
    ...(flags.selector === undefined ? {} : { labelSelector: { matchLabels: parseSelector(flags.selector) } }),
    volumes: flags.volumes === 'restore' ? 'Restore' : 'Skip',
    existingResources: flags.existingResources === 'keep' ? 'Keep' : 'Update',
  };
};
