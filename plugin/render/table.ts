/** A table as kubectl prints it: titles in capitals, columns three spaces apart, nothing at the end of a line. */
export const table = (titles: readonly string[], rows: readonly (readonly string[])[]): string => {
  const widths = titles.map((title, column) => Math.max(title.length, ...rows.map(row => (row[column] ?? '').length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('   ')
      .trimEnd();
  return `${[titles, ...rows].map(line).join('\n')}\n`;
};
