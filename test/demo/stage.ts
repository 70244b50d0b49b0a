import type { Palette } from '../../plugin/render/color.ts';
import type { PluginResult } from '../environment/run-plugin.ts';
import { commandLine } from './command-line.ts';
import type { ObjectFate } from './compare.ts';
import { isAsBefore } from './compare.ts';
import type { Person } from './person.ts';
import { runShown } from './run-shown.ts';

/** Where one step of the story is shown. */
export interface Stage {
  /** Aborted when the story is to end. */
  readonly signal: AbortSignal;
  /** Tells what is done, or why. */
  tell(text: string): void;
  /** Shows a command as the person types it, and its output, indented, as it comes. */
  run(person: Person, ...words: readonly string[]): Promise<PluginResult>;
  /** Shows a text that a command reads. */
  file(text: string): void;
  /** Shows what became of each object of a namespace; the step fails unless all are as before. */
  objects(namespace: string, fates: readonly ObjectFate[]): void;
  /** Says with a check mark that something holds, or with a cross that it does not; then the step fails. */
  check(what: string, holds: boolean): void;
}

export interface StageOptions {
  readonly print: (line: string) => void;
  readonly palette: Palette;
  readonly signal: AbortSignal;
}

const INDENT = '    ';

/** A stage for one step, and whether all that was checked on it held. */
export const createStage = ({ print, palette, signal }: StageOptions) => {
  let failed = 0;
  const check = (what: string, holds: boolean): void => {
    if (!holds) failed += 1;
    print(`  ${holds ? palette.good('✔') : palette.bad('✗')} ${what}`);
  };
  const stage: Stage = {
    signal,
    tell: text => print(`  ${text}`),
    run: async (person, ...words) => {
      print(`  ${palette.faint(`${person.name}$`)} ${palette.strong(commandLine(words))}`);
      const result = await runShown(words, {
        env: person.env,
        signal,
        show: line => print(`${INDENT}${line}`.trimEnd()),
      });
      if (result.exitCode !== 0) print(`${INDENT}${palette.faint(`(exit code ${result.exitCode})`)}`);
      return result;
    },
    file: text => {
      for (const line of text.trimEnd().split('\n')) print(`${INDENT}${palette.faint(line)}`);
    },
    objects: (namespace, fates) => {
      const width = Math.max(...fates.map(({ fate }) => fate.length));
      for (const { object, fate } of fates) print(`${INDENT}${fate.padEnd(width)}  ${namespace}  ${object}`);
      const asBefore = fates.filter(isAsBefore).length;
      check(`${namespace}: ${asBefore} of ${fates.length} objects are as they were`, asBefore === fates.length);
    },
    check,
  };
  return { stage, held: (): boolean => failed === 0 };
};
