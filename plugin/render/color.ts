import type { Io, OutputStream } from '../io.ts';

export type ColorChoice = 'auto' | 'always' | 'never';

/** Styles of talk; each leaves the text as it is where there is no colour. */
export interface Palette {
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly faint: (text: string) => string;
  readonly strong: (text: string) => string;
}

const plain = (text: string): string => text;
const sgr =
  (open: number, close: number) =>
  (text: string): string =>
    `\u001b[${open}m${text}\u001b[${close}m`;

/** Whether a stream gets colour: what was asked for, else NO_COLOR, a dumb terminal, no terminal (https://no-color.org). */
export const usesColor = (choice: ColorChoice, stream: OutputStream, env: Io['env']): boolean => {
  if (choice !== 'auto') return choice === 'always';
  return stream.isTTY && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
};

export const paletteOf = (color: boolean): Palette =>
  color
    ? { good: sgr(32, 39), bad: sgr(31, 39), faint: sgr(2, 22), strong: sgr(1, 22) }
    : { good: plain, bad: plain, faint: plain, strong: plain };
