import { stringify } from 'yaml';

export type OutputFormat = 'json' | 'yaml' | 'name' | 'wide';

/** A value for scripts. kubectl reads YAML 1.1, where a bare `no` is false: what means more there is quoted. */
export const structured = (value: unknown, format: 'json' | 'yaml'): string =>
  format === 'json' ? `${JSON.stringify(value, null, 2)}\n` : stringify(value, { compat: 'yaml-1.1' });
