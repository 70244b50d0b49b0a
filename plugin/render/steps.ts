import type { Io } from '../io.ts';
import type { Palette } from './color.ts';

/** The stages of a recovery, in order. */
export const STEPS = ['proof', 'point', 'registered', 'checks', 'token', 'admitted', 'restored', 'workloads'] as const;

export type StepName = (typeof STEPS)[number];
export type StepState = 'waiting' | 'running' | 'done' | 'failed';

export interface StepLine {
  readonly name: StepName;
  readonly state: StepState;
  readonly text: string;
}

const GLYPHS: Readonly<Record<StepState, string>> = { waiting: ' ', running: '◎', done: '✔', failed: '✗' };
const WORDS: Readonly<Record<StepState, string>> = {
  waiting: '      ',
  running: '...   ',
  done: 'ok    ',
  failed: 'failed',
};

const NAME_WIDTH = Math.max(...STEPS.map(name => name.length));

/** One step as a line; glyphs where the terminal can show them, words elsewhere. */
export const stepText = ({ name, state, text }: StepLine, palette: Palette, glyphs: boolean): string => {
  const sign = (glyphs ? GLYPHS : WORDS)[state];
  const colored = state === 'done' ? palette.good(sign) : state === 'failed' ? palette.bad(sign) : palette.faint(sign);
  return `${colored} ${name.padEnd(NAME_WIDTH)}  ${text}`.trimEnd();
};

/** Shows how far a recovery is. */
export interface StepView {
  /** Says where a step stands; saying the same twice shows it once. */
  set(name: StepName, state: StepState, text: string): void;
  /** Leaves the lines where they are, since other talk follows them; later steps are shown below it. */
  settle(): void;
}

const showsGlyphs = (io: Io): boolean => {
  const locale = io.env['LC_ALL'] || io.env['LC_CTYPE'] || io.env['LANG'] || '';
  return io.stderr.isTTY && io.env['TERM'] !== 'dumb' && /utf-?8/i.test(locale);
};

/** On a terminal the lines are redrawn in place; elsewhere each change is a line of its own. */
export const createStepView = (io: Io, palette: Palette, quiet: boolean): StepView => {
  const lines = new Map<StepName, StepLine>();
  const glyphs = showsGlyphs(io);
  const redraws = io.stderr.isTTY && io.env['TERM'] !== 'dumb';
  const settled = new Set<StepName>();
  let drawn = 0;
  const redraw = (): void => {
    const shown = STEPS.filter(name => !settled.has(name)).flatMap(name => lines.get(name) ?? []);
    // What is typed meanwhile, a Ctrl-C too, is echoed and moves the cursor from the beginning of the line.
    const up = drawn > 0 ? `\r\u001b[${drawn}A` : '\r';
    io.stderr.write(up + shown.map(line => `\u001b[2K${stepText(line, palette, glyphs)}\n`).join(''));
    drawn = shown.length;
  };
  return {
    set: (name, state, text) => {
      const previous = lines.get(name);
      if (quiet || (previous?.state === state && previous.text === text)) return;
      const line = { name, state, text };
      lines.set(name, line);
      settled.delete(name);
      if (redraws) redraw();
      else io.stderr.write(`${stepText(line, palette, glyphs)}\n`);
    },
    settle: () => {
      for (const name of lines.keys()) settled.add(name);
      drawn = 0;
    },
  };
};
