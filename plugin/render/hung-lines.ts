import type { OutputStream } from '../io.ts';
import { widthOf } from './text-width.ts';

/** A terminal that is narrower is left to break lines itself. */
const LEAST_COLUMNS = 20;
/** Less room than that beside what stands before it is no column to read in. */
const LEAST_ROOM = 24;
/** Of what goes on below a lead that is too long, and below a line that has none. */
const INDENT = 4;
const BARE_INDENT = 2;

/** How wide people see it, where they do: what goes into a file or a pipe is never broken. */
export const columnsOf = ({ isTTY, columns = 0 }: OutputStream): number | undefined =>
  isTTY && columns >= LEAST_COLUMNS ? columns : undefined;

/** Parts with two spaces or more between them, like counts, stay together where they can. */
const PART = /( *)((?:[^ ]| (?! ))+)/g;
/** Words, and commands and flags whole: of one that is broken over lines only a part is copied. */
const WORD = /( *)(kubectl [a-z][^;]*;?|velero restore [a-z]+|--[a-z-]+ [^ -][^ ]*|[^ ]+)/g;

const broken = (text: string, room: number): readonly string[] => {
  const lines: string[] = [];
  const put = (gap: string, piece: string): void => {
    const line = lines.pop();
    if (line === undefined) lines.push(piece);
    else if (widthOf(`${line}${gap}${piece}`) <= room) lines.push(`${line}${gap}${piece}`);
    else lines.push(line, piece);
  };
  for (const [, gap = '', part = ''] of text.matchAll(PART)) {
    if (widthOf(part) <= room) {
      put(gap, part);
      continue;
    }
    // What has to be broken begins in a line of its own.
    if (lines.length > 0) lines.push('');
    for (const [, before = '', word = ''] of part.matchAll(WORD)) put(before, word);
  }
  return lines.length > 0 ? lines : [''];
};

/** Whether there is room beside that much. In some terminals a full line moves the cursor to the next one. */
const hasRoom = (indent: number, columns: number): boolean => columns - 1 - indent >= LEAST_ROOM;

const under = (indent: number, lines: readonly string[]): string[] => lines.map(line => `${' '.repeat(indent)}${line}`);

const below = (lead: string, text: string, columns: number): readonly string[] => {
  const head = lead.trimEnd();
  return [...(head === '' ? [] : [head]), ...under(INDENT, broken(text, columns - 1 - INDENT))];
};

/**
 * Prose behind a lead, as lines for so many columns: broken between words, and never within one, under the place where
 * it began. Where the lead leaves too little room, below it. One line where nobody looks through a terminal.
 */
export const hungLines = (lead: string, text: string, columns: number | undefined): readonly string[] => {
  const whole = `${lead}${text}`.trimEnd();
  if (columns === undefined || text.includes('\n') || widthOf(whole) < columns) return [whole];
  const indent = widthOf(lead);
  if (!hasRoom(indent, columns)) return below(lead, text, columns);
  const hang = indent === 0 ? BARE_INDENT : indent;
  const [first = '', ...rest] = broken(text, columns - 1 - hang);
  return [`${lead}${first}`, ...under(hang, rest)];
};

/** What there is to say behind a lead, and below it what to do. */
export const adviceLines = (
  lead: string,
  what: string,
  mend: string | undefined,
  columns: number | undefined,
): readonly string[] => {
  const adviceLead = (indent: number): string => `${' '.repeat(indent)}do: `;
  const lined = adviceLead(widthOf(lead));
  // Both stand in the same column: where there is no room for one of them, neither has it.
  if (columns === undefined || hasRoom(widthOf(lined), columns)) {
    return [...hungLines(lead, what, columns), ...(mend === undefined ? [] : hungLines(lined, mend, columns))];
  }
  const whole = widthOf(`${lead}${what}`) < columns && mend === undefined;
  return [
    ...(whole ? hungLines(lead, what, columns) : below(lead, what, columns)),
    ...(mend === undefined ? [] : hungLines(adviceLead(INDENT), mend, columns)),
  ];
};

/** Facts as kubectl describes them: a name, and its value from some column on. */
export const factsText = (
  facts: readonly (readonly [name: string, value: string])[],
  column: number,
  columns: number | undefined,
): string =>
  facts
    .flatMap(([name, value]) => hungLines(`${name}:`.padEnd(column), value, columns))
    .map(line => `${line}\n`)
    .join('');

/** What a line begins with: `note: `, or spaces, and behind them words with two spaces or more after them. */
const LEAD = /^(?: *[a-z][a-z-]*: | +(?:[a-z,-]+(?: [a-z,-]+)* {2,})?)?/i;

/** The same for talk of several lines, each with its own lead. */
export const hungText = (text: string, columns: number | undefined): string =>
  text
    .split('\n')
    .flatMap(line => {
      const [lead = ''] = LEAD.exec(line) ?? [];
      return hungLines(lead, line.slice(lead.length), columns);
    })
    .map(line => `${line}\n`)
    .join('');
