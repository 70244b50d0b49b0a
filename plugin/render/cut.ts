/** A line that stays within so many columns, with a sign of one column where something is missing. */
export const cut = (line: string, columns: number, ellipsis = '…'): string => {
  const characters = [...line];
  if (characters.length <= columns) return line;
  return columns < 1 ? '' : `${characters.slice(0, columns - 1).join('')}${ellipsis}`;
};

/** Text of others as one line: a line break or an escape sequence in it would move the cursor. */
export const oneLine = (text: string): string => text.replaceAll(/\p{Cc}+/gu, ' ');
