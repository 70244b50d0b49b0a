/** A line that stays within so many columns, with a sign of one column where something is missing. */
export const cut = (line: string, columns: number, ellipsis = '…'): string => {
  const characters = [...line];
  if (characters.length <= columns) return line;
  return columns < 1 ? '' : `${characters.slice(0, columns - 1).join('')}${ellipsis}`;
};

/** Text of others as one line: a line break or an escape sequence in it would move the cursor. */
export const oneLine = (text: string): string => text.replaceAll(/\p{Cc}+/gu, ' ');

/** A text as lines of at most so many columns, broken between words where it can be. */
export const wrapped = (text: string, columns: number): readonly string[] => {
  const lines: string[] = [];
  let line = '';
  const put = (word: string): void => {
    const joined = line === '' ? word : `${line} ${word}`;
    if ([...joined].length <= columns) line = joined;
    else {
      if (line !== '') lines.push(line);
      const characters = [...word];
      while (characters.length > columns) lines.push(characters.splice(0, columns).join(''));
      line = characters.join('');
    }
  };
  for (const word of text.split(' ')) put(word);
  return [...lines, line];
};
