import type { Palette } from './color.ts';
import { oneLine } from './cut.ts';

/** The stages of a recovery, in order. */
export const STEPS = ['proof', 'point', 'registered', 'checks', 'token', 'admitted', 'restored', 'workloads'] as const;

export type StepName = (typeof STEPS)[number];
export type StepState = 'waiting' | 'running' | 'done' | 'failed';

/** One thing among those that a step is made of. */
export interface StepDetail {
  readonly name: string;
  readonly state: StepState;
  readonly text: string;
}

export interface StepLine extends StepDetail {
  readonly name: StepName;
  readonly details: readonly StepDetail[];
}

const GLYPHS: Readonly<Record<StepState, string>> = { waiting: '○', running: '◎', done: '✔', failed: '✗' };
const WORDS: Readonly<Record<StepState, string>> = {
  waiting: '-     ',
  running: '...   ',
  done: 'ok    ',
  failed: 'failed',
};

/** How a state is shown: a glyph where the terminal has it, else a word. */
export const signOf = (state: StepState, glyphs: boolean): string => (glyphs ? GLYPHS : WORDS)[state];

export const colorOf = (state: StepState, palette: Palette): ((text: string) => string) =>
  state === 'done' ? palette.good : state === 'failed' ? palette.bad : palette.faint;

/** Of the column in which steps are named. */
export const NAME_WIDTH = Math.max(...STEPS.map(name => name.length));

/** What stands behind the sign. */
export const stepWords = ({ name, text }: Pick<StepDetail, 'name' | 'text'>): string =>
  oneLine(`${name.padEnd(NAME_WIDTH)}  ${text}`).trimEnd();

/** What stands before the text of a step. */
export const stepLead = ({ name, state }: StepDetail, palette: Palette, glyphs: boolean): string =>
  `${colorOf(state, palette)(signOf(state, glyphs))} ${name.padEnd(NAME_WIDTH)}  `;

/** One step, or one of its details, as a line. */
export const stepText = (line: StepDetail, palette: Palette, glyphs: boolean): string =>
  `${colorOf(line.state, palette)(signOf(line.state, glyphs))} ${stepWords(line)}`.trimEnd();
