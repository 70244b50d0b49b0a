import { stringify } from 'yaml';

export type OutputFormat = 'json' | 'yaml' | 'name' | 'wide';

/** A value for scripts. */
export const structured = (value: unknown, format: 'json' | 'yaml'): string =>
  format === 'json' ? `${JSON.stringify(value, null, 2)}\n` : stringify(value);
