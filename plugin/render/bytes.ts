const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** A size as people read it, with one decimal: `1.2 GiB`. */
export const bytesText = (bytes: number): string => {
  let [size, unit] = [bytes, 0];
  // What would be rounded to 1024.0 is one of the next unit.
  while (size >= 1023.95 && unit < UNITS.length - 1) [size, unit] = [size / 1024, unit + 1];
  return `${unit === 0 ? size : size.toFixed(1)} ${UNITS[unit] ?? ''}`;
};
