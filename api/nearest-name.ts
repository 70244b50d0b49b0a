/** Edits between two words: letters put in, left out, changed, or two neighbours swapped. */
const distance = (from: string, to: string): number => {
  let before: readonly number[] = [];
  let previous: readonly number[] = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const same = from[row - 1] === to[column - 1];
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      current.push(
        Math.min(
          (previous[column] ?? 0) + 1,
          (current[column - 1] ?? 0) + 1,
          (previous[column - 1] ?? 0) + (same ? 0 : 1),
          swapped ? (before[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    [before, previous] = [previous, current];
  }
  return previous[to.length] ?? from.length;
};

/** The name that was probably meant: the only one that begins so, or one or two slips of the finger away. */
export const nearestName = (typed: string, names: readonly string[]): string | undefined => {
  const beginning = typed.length < 3 ? [] : [...new Set(names)].filter(name => name.startsWith(typed));
  if (beginning.length === 1) return beginning[0];
  const limit = typed.length < 4 ? 1 : 2;
  const [nearest] = names
    .map(name => ({ name, edits: distance(typed.toLowerCase(), name.toLowerCase()) }))
    .filter(({ edits }) => edits <= limit)
    .sort((a, b) => a.edits - b.edits || a.name.localeCompare(b.name));
  return nearest?.name;
};
