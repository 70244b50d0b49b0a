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

const parseMapping = (pairs: readonly string[]): Record<string, string> => {
  const mapping: Record<string, string> = {};
  for (const pair of pairs) {
    const [from, to, ...rest] = pair.split('=');
    if (!from || !to || rest.length > 0) throw usage(`"${pair}" is no mapping`, 'write --map OLD=NEW');
    if (Object.hasOwn(mapping, from)) throw usage(`namespace "${from}" is mapped twice`, 'give each --map once');
    mapping[from] = to;
  }
  return mapping;
};

const parseSelector = (selector: string): Record<string, string> => {
  const labels: Record<string, string> = {};
  for (const term of selector.split(',')) {
    const [, key, value] = /^([^=!,\s]+)==?([^=!,\s]*)$/.exec(term.trim()) ?? [];
    if (key === undefined || value === undefined) {
      throw usage(`"${term}" is no selector that is supported here`, 'write -l key=value,key2=value2');
    }
    labels[key] = value;
  }
  return labels;
};

const split = (values: readonly string[]): string[] => [
  ...new Set(values.flatMap(value => value.split(',')).filter(value => value !== '')),
];

/**
 * What the Recovery asks for; the access token is signed over exactly this.
 * @throws RecoverError `UsageError`
 */
export const restoreChoice = (flags: RestoreFlags): RestoreChoice => {
  const mapping = parseMapping(flags.map);
  const included = split(flags.includeResources);
  const excluded = split(flags.excludeResources);
  return {
    ...(Object.keys(mapping).length > 0 ? { namespaceMapping: mapping } : {}),
    ...(included.length > 0 ? { includedResources: included } : {}),
    ...(excluded.length > 0 ? { excludedResources: excluded } : {}),
    ...(flags.selector === undefined ? {} : { labelSelector: { matchLabels: parseSelector(flags.selector) } }),
    volumes: flags.volumes === 'restore' ? 'Restore' : 'Skip',
    existingResources: flags.existingResources === 'keep' ? 'Keep' : 'Update',
  };
};
