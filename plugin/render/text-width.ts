import { stripVTControlCharacters } from 'node:util';
import { eastAsianWidth } from 'get-east-asian-width';

/** Nearly all that is shown; what comes after it is paid for by those who have it, and not at each start. */
const isPlain = (text: string): boolean => /^[ -~]*$/.test(text);

/** What a terminal draws as one: letters with their marks, joined emoji. */
const drawnAsOne = (text: string): readonly string[] =>
  isPlain(text) ? [...text] : Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);

/** Marks, joiners and controls without a letter. */
const INVISIBLE = /^[\p{Mn}\p{Me}\p{Cf}\p{Cc}]*$/u;
/** Letters of flags in pairs, and what is marked to be drawn as an emoji. */
const EMOJI = /^\p{RI}{2}|\ufe0f/u;

const widthOfOne = (drawn: string): number => {
  if (INVISIBLE.test(drawn)) return 0;
  return EMOJI.test(drawn) ? 2 : eastAsianWidth(drawn.codePointAt(0) ?? 0);
};

/** Columns of a terminal that a text takes: two for a character of CJK or an emoji, none for a combining mark or a colour. */
export const widthOf = (text: string): number => {
  if (isPlain(text)) return text.length;
  const shown = stripVTControlCharacters(text);
  return isPlain(shown) ? shown.length : drawnAsOne(shown).reduce((sum, drawn) => sum + widthOfOne(drawn), 0);
};

/** A text with spaces behind it, up to so many columns. */
export const padded = (text: string, columns: number): string =>
  `${text}${' '.repeat(Math.max(0, columns - widthOf(text)))}`;

/** As much of the beginning as goes into so many columns. */
export const headOf = (text: string, columns: number): string => {
  let room = columns;
  const pieces = drawnAsOne(text);
  const end = pieces.findIndex(piece => {
    room -= widthOf(piece);
    return room < 0;
  });
  return end === -1 ? text : pieces.slice(0, end).join('');
};
