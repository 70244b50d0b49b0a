import { isStructured, type OutputFormat, structured, structuredList } from './output.ts';
import { table } from './table.ts';

/** How the items of a list are shown. */
export interface Listing<Item> {
  readonly titles: readonly string[];
  readonly rowOf: (item: Item) => readonly string[];
  /** For `-o name`; tells an item from the others. */
  readonly nameOf: (item: Item) => string;
}

const lines = (texts: readonly string[]): string => texts.map(text => `${text}\n`).join('');

/** A list in the format that was asked for. */
export const listingText = <Item>(
  items: readonly Item[],
  { titles, rowOf, nameOf }: Listing<Item>,
  output: OutputFormat | undefined,
): string => {
  if (isStructured(output)) return structuredList(items, output);
  return output === 'name' ? lines(items.map(nameOf)) : table(titles, items.map(rowOf));
};

/** What is new or has changed in a list that was shown before: each item for itself, rows below the same titles. */
export const changesText = <Item>(
  changed: readonly Item[],
  all: readonly Item[],
  { titles, rowOf, nameOf }: Listing<Item>,
  output: OutputFormat | undefined,
): string => {
  const rowsBelow = (text: string): string => {
    const rows = text.split('\n').slice(1);
    return lines(all.flatMap((item, index) => (changed.includes(item) ? [rows[index] ?? ''] : [])));
  };
  if (isStructured(output)) {
    // The titles of custom columns have been seen, and all rows decide how wide they are.
    if (typeof output === 'object' && output.kind === 'custom-columns') return rowsBelow(structuredList(all, output));
    const texts = changed.map(item => structured(item, output));
    return output === 'yaml' ? texts.map(text => `---\n${text}`).join('') : texts.join('');
  }
  if (output === 'name') return lines(changed.map(nameOf));
  return rowsBelow(table(titles, all.map(rowOf)));
};
