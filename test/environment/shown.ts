import type { PluginResult } from './run-plugin.ts';

/** What differs from run to run, and what a reader of the golden file sees in its place. */
const VARIABLE: readonly (readonly [RegExp, string])[] = [
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, 'TIME'],
  [/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, 'UID'],
  [/\b127\.0\.0\.1:\d+/g, 'HOST:PORT'],
  [/\b[0-9a-f]{32}\b/g, 'RECOVERY'],
  [/\b\d+(ms|s|m|h|d)( old)/g, 'AGE$2'],
  [/(?<![\w-])[\w-]{42,43}(?![\w-])/g, 'KEY'],
  [/\/\S+\/(?=[\w.-]+\.yaml\b)/g, ''],
];

/** A text without what differs from run to run. */
export const masked = (text: string): string =>
  VARIABLE.reduce((left, [variable, word]) => left.replaceAll(variable, word), text);

/** A command and all that its user saw of it, as a golden file has it. */
export const shown = (command: string, { exitCode, stdout, stderr }: PluginResult): string =>
  masked(`$ kubectl recover ${command}\n${stdout}${stderr}(exit code ${exitCode})\n`);
