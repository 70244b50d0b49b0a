const UNITS: readonly (readonly [string, number])[] = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
];

/** How long ago a time was, in the largest unit that fits, as kubectl's AGE column. */
export const age = (time: string, now: Date): string => {
  const seconds = Math.max(0, Math.floor((now.getTime() - Date.parse(time)) / 1000));
  const [unit, size] = UNITS.find(([, unitSeconds]) => seconds >= unitSeconds) ?? ['s', 1];
  // As kubectl does for a time that it cannot read.
  if (Number.isNaN(seconds)) return '<unknown>';
  return `${Math.floor(seconds / size)}${unit}`;
};
