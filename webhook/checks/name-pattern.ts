/** Whether a name fits a pattern that is exact, or a prefix if it ends in `*`. */
export const fitsPattern = (name: string, pattern: string): boolean =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;

export const fitsAny = (name: string, patterns: readonly string[]): boolean =>
  patterns.some(pattern => fitsPattern(name, pattern));
