import { globSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type Code, isCode } from '../../api/codes.ts';

/** A place in the source that refuses. */
export interface RefusalSite {
  readonly file: string;
  readonly line: number;
  readonly code: Code;
  /** What its message looks like; absent where a function is given the message. */
  readonly message?: RegExp;
}

const ROOT = join(import.meta.dirname, '..', '..');

const literally = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

/** The index behind the brace that closes what stands open at `start`; templates may stand in templates. */
const endOfExpression = (source: string, start: number): number => {
  let depth = 1;
  let index = start;
  for (; depth > 0 && index < source.length; index++) {
    if (source[index] === '{') depth++;
    if (source[index] === '}') depth--;
  }
  return index;
};

/** The string or template at an index as a pattern: what is put in may be anything. */
const patternAt = (source: string, start: number): RegExp | undefined => {
  const quote = source[start];
  if (quote !== "'" && quote !== '`' && quote !== '"') return undefined;
  let pattern = '';
  for (let index = start + 1; index < source.length; index++) {
    if (source[index] === quote) return new RegExp(pattern);
    if (quote === '`' && source.startsWith('${', index)) {
      index = endOfExpression(source, index + 2) - 1;
      pattern += '.*';
    } else if (source[index] === '\\') pattern += literally(source[++index] ?? '');
    else pattern += literally(source[index] ?? '');
  }
  return undefined;
};

const sitesIn = (path: string): RefusalSite[] => {
  const source = readFileSync(path, 'utf8');
  return [...source.matchAll(/\bcode: '([A-Za-z]+)',?(?:\s*message(?::\s*|(?=\W)))?/g)].flatMap(match => {
    const [text, code = ''] = match;
    if (!isCode(code)) return [];
    const line = source.slice(0, match.index).split('\n').length;
    const message = patternAt(source, match.index + text.length);
    return [{ file: relative(ROOT, path), line, code, ...(message === undefined ? {} : { message }) }];
  });
};

/** Every refusal that stands in the source files of these patterns, tests left out. */
export const refusalSites = (patterns: readonly string[]): RefusalSite[] =>
  globSync(patterns.map(pattern => join(ROOT, pattern)))
    .filter(path => !path.endsWith('.test.ts'))
    .sort()
    .flatMap(sitesIn);
