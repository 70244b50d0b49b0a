import { headOf, widthOf } from './text-width.ts';

/** A line that stays within so many columns, with a sign of one column where something is missing. */
export const cut = (line: string, columns: number, ellipsis = '…'): string => {
  if (widthOf(line) <= columns) return line;
  return columns < 1 ? '' : `${headOf(line, columns - 1)}${ellipsis}`;
};

/** Text of others as one line: a line break or an escape sequence in it would move the cursor. */
export const oneLine = (text: string): string => text.replaceAll(/\p{Cc}+/gu, ' ');

/** A text as lines of at most so many columns, broken between words where it can be. */
export const wrapped = (text: string, columns: number): readonly string[] => {
  const lines: string[] = [];
  let line = '';
  const put = (word: string): void => {
    const joined = line === '' ? word : `${line} ${word}`;
    if (widthOf(joined) <= columns) {
      line = joined;
      return;
    }
    if (line !== '') lines.push(line);
    line = word;
    while (widthOf(line) > columns) {
      // One character may be wider than a column.
      const head = headOf(line, columns) || headOf(line, 2) || line;
      lines.push(head);
      line = line.slice(head.length);
    }
  };
  for (const word of text.split(' ')) put(word);
  return line === '' && lines.length > 0 ? lines : [...lines, line];
};
