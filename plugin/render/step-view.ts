import type { Io } from '../io.ts';
import type { Palette } from './color.ts';
import { oneLine } from './cut.ts';
import { hungLines } from './hung-lines.ts';
import { treeLines } from './step-tree.ts';
import { STEPS, type StepDetail, type StepLine, type StepName, type StepState, stepLead, stepText } from './steps.ts';
import { widthOf } from './text-width.ts';

/** Shows how far a recovery is. */
export interface StepView {
  /** Says where a step stands, with what it is made of; saying the same twice shows it once. */
  set(name: StepName, state: StepState, text: string, details?: readonly StepDetail[]): void;
  /** From here on the steps of the recovery itself are shown, on a terminal as a tree under a title. */
  begin(title: string, startMs: number, endMs?: number): void;
  /** Leaves the lines where they are, since other talk follows them; later steps are shown below it. */
  settle(): void;
  /** Waits; what changes meanwhile, and the time that passes, is shown. */
  sleep(milliseconds: number): Promise<void>;
}

export interface StepViewOptions {
  readonly quiet: boolean;
  /** Other talk comes in between at any time, so that nothing can be drawn over. */
  readonly isTalkative?: boolean;
}

/** Steps of the recovery itself, those before it are of the command. */
const OF_THE_RECOVERY: readonly StepName[] = ['checks', 'token', 'admitted', 'restored', 'workloads'];

/** The tree is drawn five times a second at most. */
const REDRAW_MS = 200;

/** Size of a terminal that does not tell it. */
const USUAL_ROWS = 24;
const USUAL_COLUMNS = 80;

const showsGlyphs = (io: Io): boolean => {
  const locale = io.env['LC_ALL'] || io.env['LC_CTYPE'] || io.env['LANG'] || '';
  return io.stderr.isTTY && io.env['TERM'] !== 'dumb' && /utf-?8/i.test(locale);
};

const isSame = (a: StepDetail | undefined, b: StepDetail): boolean => a?.state === b.state && a.text === b.text;

/** Without a terminal each change is a line of its own: that of the step, or of what it is made of. */
const createLineView = (io: Io, palette: Palette, glyphs: boolean): StepView => {
  const said = new Map<string, StepDetail>();
  const say = (key: string, line: StepDetail): void => {
    if (isSame(said.get(key), line)) return;
    said.set(key, line);
    io.stderr.write(`${stepText(line, palette, glyphs)}\n`);
  };
  return {
    set: (name, state, text, details = []) => {
      say(name, { name, state, text });
      for (const detail of details) say(`${name} ${detail.name}`, { ...detail, name: `  ${detail.name}` });
    },
    begin: () => undefined,
    settle: () => undefined,
    sleep: io.sleep,
  };
};

interface Began {
  readonly title: string;
  readonly startMs: number;
  readonly endMs: number | undefined;
}

/** Redraws its lines in place. The cursor stays shown, so nothing has to be put back however the program ends. */
class DrawnView implements StepView {
  readonly #io: Io;
  readonly #palette: Palette;
  readonly #glyphs: boolean;
  readonly #lines = new Map<StepName, StepLine>();
  readonly #settled = new Set<StepName>();
  #tree: Began | undefined;
  /** Rows of the screen that can be drawn over, the longest line in them, and the columns there were then. */
  #drawnRows = 0;
  #drawnWidth = 0;
  #drawnColumns = 0;
  /** Columns as last looked at. */
  #seenColumns = 0;
  #drawnMs = Number.NEGATIVE_INFINITY;
  #isDirty = false;

  constructor(io: Io, palette: Palette, glyphs: boolean) {
    this.#io = io;
    this.#palette = palette;
    this.#glyphs = glyphs;
  }

  set(name: StepName, state: StepState, text: string, details: readonly StepDetail[] = []): void {
    const line: StepLine = { name, state, text, details };
    if (JSON.stringify(this.#lines.get(name)) === JSON.stringify(line)) return;
    this.#lines.set(name, line);
    this.#settled.delete(name);
    if (this.#tree === undefined) this.#draw(this.#plainLines());
    // Several steps change at one look; the tree is drawn when all of them are told.
    else this.#isDirty = true;
  }

  begin(title: string, startMs: number, endMs?: number): void {
    this.settle();
    this.#tree = { title, startMs, endMs };
    this.#isDirty = true;
  }

  settle(): void {
    // Nothing is drawn over it any more, so it may be higher than the terminal.
    const whole = this.#tree === undefined ? [] : this.#treeLines(Number.POSITIVE_INFINITY);
    if (this.#isDirty || whole.length > this.#drawnRows) this.#draw(whole);
    for (const name of this.#lines.keys()) this.#settled.add(name);
    this.#tree = undefined;
    this.#isDirty = false;
    this.#drawnRows = 0;
    this.#drawnMs = Number.NEGATIVE_INFINITY;
  }

  async sleep(milliseconds: number): Promise<void> {
    for (let left = milliseconds; left > 0 && !this.#io.interrupted.aborted; left -= REDRAW_MS) {
      this.#drawTree();
      await this.#io.sleep(Math.min(left, REDRAW_MS));
    }
  }

  get #columns(): number {
    return this.#io.stderr.columns || USUAL_COLUMNS;
  }

  #plainLines(): readonly string[] {
    return STEPS.filter(name => !this.#settled.has(name))
      .flatMap(name => this.#lines.get(name) ?? [])
      .flatMap(line => hungLines(stepLead(line, this.#palette, this.#glyphs), oneLine(line.text), this.#columns));
  }

  #treeLines(rows: number): readonly string[] {
    const { title = '', startMs = 0, endMs } = this.#tree ?? {};
    const steps = OF_THE_RECOVERY.map(
      (name): StepLine => this.#lines.get(name) ?? { name, state: 'waiting', text: '', details: [] },
    );
    const elapsedMs = (endMs ?? this.#io.clock()) - startMs;
    const place = { rows, columns: this.#columns, palette: this.#palette, glyphs: this.#glyphs };
    return treeLines({ title, elapsedMs, steps }, place);
  }

  /** Draws the tree if it is time: something has changed or a second has passed, and the last drawing is not too near. */
  #drawTree(): void {
    const nowMs = this.#io.clock();
    const sinceMs = Math.abs(nowMs - this.#drawnMs);
    const { startMs = 0 } = this.#tree ?? {};
    const secondAt = (timeMs: number): number => Math.floor((timeMs - startMs) / 1000);
    const isDue = this.#isDirty || secondAt(nowMs) !== secondAt(this.#drawnMs);
    if (this.#tree === undefined || !isDue || sinceMs < REDRAW_MS || !this.#isSteady()) return;
    this.#draw(this.#treeLines(this.#io.stderr.rows || USUAL_ROWS));
    this.#isDirty = false;
    this.#drawnMs = nowMs;
  }

  /** Where a terminal has another width than when it was drawn on, lines may be wrapped in another way, or not at all. */
  #mayHaveWrapped(columns: number): boolean {
    return (
      this.#drawnRows > 0 && columns !== this.#drawnColumns && this.#drawnWidth > Math.min(columns, this.#drawnColumns)
    );
  }

  /** A terminal that is being made smaller is waited for: each size on the way would leave a tree behind. */
  #isSteady(): boolean {
    const columns = this.#columns;
    const isSteady = columns === this.#seenColumns || !this.#mayHaveWrapped(columns);
    this.#seenColumns = columns;
    return isSteady;
  }

  #draw(lines: readonly string[]): void {
    const columns = this.#columns;
    // Where those lines begin cannot be known then: they are left, and what comes is drawn below them.
    if (this.#mayHaveWrapped(columns)) this.#drawnRows = 0;
    // What is typed meanwhile, a Ctrl-C too, is echoed and moves the cursor from the beginning of the line.
    const up = this.#drawnRows > 0 ? `\r\u001b[${this.#drawnRows}A` : '\r';
    const wrapped = this.#drawnRows > 0 && this.#drawnWidth > columns ? '\u001b[J' : '';
    const widths = lines.map(line => widthOf(line));
    const rows = widths.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0);
    const below = rows < this.#drawnRows ? '\u001b[J' : '';
    this.#io.stderr.write(`${up}${wrapped}${lines.map(line => `\u001b[2K${line}\n`).join('')}${below}`);
    this.#drawnRows = rows;
    this.#drawnWidth = Math.max(0, ...widths);
    this.#drawnColumns = columns;
    this.#seenColumns = columns;
  }
}

const SILENT: Omit<StepView, 'sleep'> = { set: () => undefined, begin: () => undefined, settle: () => undefined };

/** How steps are shown: redrawn in place on a terminal, a line for each change elsewhere, not at all when quiet. */
export const createStepView = (io: Io, palette: Palette, { quiet, isTalkative }: StepViewOptions): StepView => {
  if (quiet) return { ...SILENT, sleep: io.sleep };
  const glyphs = showsGlyphs(io);
  const redraws = io.stderr.isTTY && io.env['TERM'] !== 'dumb' && isTalkative !== true;
  return redraws ? new DrawnView(io, palette, glyphs) : createLineView(io, palette, glyphs);
};
