import { padded, widthOf } from './text-width.ts';

/** What others wrote cannot break a line of the table or steer the terminal. */
const plain = (cell: string): string => cell.replaceAll(/\p{Cc}+/gu, ' ');

/** A table as kubectl prints it: titles in capitals, columns three spaces apart, nothing at the end of a line. */
export const table = (titles: readonly string[], rows: readonly (readonly string[])[]): string => {
  const lines = [titles, ...rows].map(cells => cells.map(plain));
  const widths = titles.map((_, column) => Math.max(...lines.map(cells => widthOf(cells[column] ?? ''))));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => padded(cell, widths[column] ?? 0))
      .join('   ')
      .trimEnd();
  return `${lines.map(line).join('\n')}\n`;
};
