import type { Palette } from './color.ts';
import { cut, oneLine, wrapped } from './cut.ts';
import { colorOf, NAME_WIDTH, type StepDetail, type StepLine, signOf, stepWords } from './steps.ts';

/** A recovery as far as it is: what it is, since how long, and its steps in order. */
export interface StepTree {
  readonly title: string;
  readonly elapsedMs: number;
  readonly steps: readonly StepLine[];
}

/** Where a tree is drawn. */
export interface TreePlace {
  /** Of the terminal. */
  readonly rows: number;
  readonly columns: number;
  readonly palette: Palette;
  /** Whether it can show more than ASCII. */
  readonly glyphs: boolean;
}

interface Branches {
  readonly fork: string;
  readonly last: string;
  readonly trunk: string;
  readonly gap: string;
  readonly ellipsis: string;
}

const DRAWN: Branches = { fork: '├─ ', last: '└─ ', trunk: '│  ', gap: '   ', ellipsis: '…' };
const TYPED: Branches = { fork: '|- ', last: '`- ', trunk: '|  ', gap: '   ', ellipsis: '~' };

/** `00:42`, and from an hour on `1:02:03`. */
export const elapsedText = (milliseconds: number): string => {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (count: number): string => String(count).padStart(2, '0');
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return seconds < 3600 ? rest : `${Math.floor(seconds / 3600)}:${rest}`;
};

/** The last column stays free: in some terminals a full line moves the cursor to the next one. */
const widthOf = ({ columns }: TreePlace): number => Math.max(1, columns - 1);

const headingText = ({ title, elapsedMs }: StepTree, place: TreePlace, { ellipsis }: Branches): string => {
  const time = `  ${elapsedText(elapsedMs)}`;
  const room = widthOf(place) - time.length;
  const text = oneLine(title);
  return room > 0 ? `${cut(text, room, ellipsis)}${time}` : cut(text, widthOf(place), ellipsis);
};

const lineText = (line: StepDetail, before: string, place: TreePlace, { ellipsis }: Branches): string => {
  const { palette, glyphs } = place;
  const sign = signOf(line.state, glyphs);
  const room = widthOf(place) - before.length - sign.length - 1;
  const words = stepWords(line);
  if (room < 1) return cut(`${before}${sign} ${words}`, widthOf(place), ellipsis);
  return `${palette.faint(before)}${colorOf(line.state, palette)(sign)} ${cut(words, room, ellipsis)}`;
};

/** Less than that is no column to read in. */
const LEAST_TEXT = 16;

/** What waits or went wrong says why and what to do, and is not cut as long as there is room below it. */
const isCut = ({ state }: StepLine): boolean => state === 'done' || state === 'waiting';

const wholeLine = (line: StepDetail, before: string, under: string, place: TreePlace, branches: Branches): string[] => {
  const sign = signOf(line.state, place.glyphs);
  const indent = before.length + sign.length + 1 + Math.max(NAME_WIDTH, line.name.length) + 2;
  const room = widthOf(place) - indent;
  if (room < LEAST_TEXT) return [lineText(line, before, place, branches)];
  const [first = '', ...rest] = wrapped(oneLine(line.text), room);
  return [
    lineText({ ...line, text: first }, before, place, branches),
    ...rest.map(text => `${place.palette.faint(under.padEnd(indent))}${text}`),
  ];
};

const wholeStep = (step: StepLine, before: string, under: string, place: TreePlace, branches: Branches): string[] =>
  isCut(step) ? [lineText(step, before, place, branches)] : wholeLine(step, before, under, place, branches);

const cutStep: typeof wholeStep = (step, before, _under, place, branches) => [lineText(step, before, place, branches)];

const stepLines = (
  steps: readonly StepLine[],
  place: TreePlace,
  branches: Branches,
  line = wholeStep,
): readonly string[] =>
  steps.flatMap((step, index) => {
    const isLast = index === steps.length - 1;
    const under = isLast ? branches.gap : branches.trunk;
    const details = step.details.flatMap((detail, at) => {
      const isLastDetail = at === step.details.length - 1;
      const before = `${under}${isLastDetail ? branches.last : branches.fork}`;
      if (detail.state !== 'failed') return [lineText(detail, before, place, branches)];
      const below = `${under}${isLastDetail ? branches.gap : branches.trunk}`;
      return wholeLine(detail, before, below, place, branches);
    });
    return [...line(step, isLast ? branches.last : branches.fork, under, place, branches), ...details];
  });

/** Where the recovery is: what went wrong, else what runs, else the last that is done. */
const currentStep = (steps: readonly StepLine[]): readonly StepLine[] => {
  const found =
    steps.find(({ state }) => state === 'failed') ??
    steps.find(({ state }) => state === 'running') ??
    steps.findLast(({ state }) => state === 'done');
  return found === undefined ? [] : [found];
};

/**
 * A recovery as a tree: no line is wider than the terminal, and there are never more than it has rows beside that of the
 * cursor, since what has scrolled away cannot be drawn over. A low terminal gets less: no details, then only the step
 * it is at, whole and then cut, then only how long it takes.
 */
export const treeLines = (tree: StepTree, place: TreePlace): readonly string[] => {
  const branches = place.glyphs ? DRAWN : TYPED;
  const heading = headingText(tree, place, branches);
  const bare = (steps: readonly StepLine[]): StepLine[] => steps.map(step => ({ ...step, details: [] }));
  const current = currentStep(tree.steps);
  const forms = [
    ...[tree.steps, bare(tree.steps), current, bare(current)].map(steps => stepLines(steps, place, branches)),
    stepLines(bare(current), place, branches, cutStep),
  ];
  const fitting = forms.find(({ length }) => length + 1 < place.rows) ?? [];
  return [heading, ...fitting];
};
