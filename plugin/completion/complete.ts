import type { Io } from '../io.ts';
import { type Candidate, DIRECTIVE } from './candidate.ts';
import { candidatesAt, completionText, type FromCluster } from './candidates.ts';
import { commandTree } from './command-tree.ts';
import { parseWords } from './parse-words.ts';

/** Longest that a person waits at the key, from the start of the program, in milliseconds. */
const DEADLINE_MS = 280;

/** What was typed of a list before the name that is being typed. */
const listPrefix = (current: string): string => current.slice(0, current.lastIndexOf(',') + 1);

/** fish passes on a word with the quote that opens it, and takes candidates without. */
const unquoted = (words: readonly string[]): readonly string[] =>
  words.map((word, index) => (index === words.length - 1 ? word.replace(/^["']/, '') : word));

/** Of points the newest comes first, by which no shell could sort them. */
const directiveFor = (from: FromCluster | undefined): number =>
  from === 'points' ? DIRECTIVE.noFiles | DIRECTIVE.keepOrder : DIRECTIVE.noFiles;

const fromCluster = async (
  ...args: Parameters<typeof import('./cluster-names.ts')['clusterNames']>
): Promise<Candidate[]> => {
  const { clusterNames } = await import('./cluster-names.ts');
  return clusterNames(...args);
};

/** Somebody who types is asked nothing and told nothing. */
const silenced = ({ stdout, env, clock, sleep, question, interrupted }: Io): Io => ({
  ...{ stdout, env, clock, sleep, question, interrupted },
  stdinIsTTY: false,
  stderr: { isTTY: false, write: () => undefined },
});

/** Whoever takes longer, or fails, has nothing to offer. */
const inTime = async (asked: Promise<Candidate[]>, timeoutMs: number): Promise<Candidate[]> => {
  const { promise, resolve } = Promise.withResolvers<Candidate[]>();
  const timer = setTimeout(() => resolve([]), timeoutMs);
  asked.then(resolve, () => resolve([]));
  const candidates = await promise;
  clearTimeout(timer);
  return candidates;
};

/**
 * What `kubectl_complete-recover` prints for the words behind `kubectl recover`, of which the last is being typed.
 * `elapsedMs` is what passed since the program started. Never fails, and says nothing but candidates.
 */
export const complete = async (words: readonly string[], io: Io, elapsedMs: number): Promise<string> => {
  try {
    const silent = silenced(io);
    const place = parseWords(commandTree(silent), unquoted(words));
    const found = candidatesAt(place, silent);
    if (found.kind === 'files') return completionText([], DIRECTIVE.files);
    const leftMs = DEADLINE_MS - elapsedMs;
    const named =
      found.from === undefined || leftMs <= 0
        ? []
        : await inTime(fromCluster(found.from, place, silent, leftMs), leftMs);
    const prefix = found.isList ? listPrefix(place.current) : '';
    const all = [...named, ...found.words].map(({ value, describe }) => ({ value: `${prefix}${value}`, describe }));
    return completionText(
      all.filter(({ value }) => value.startsWith(place.current)),
      directiveFor(found.from),
    );
  } catch {
    return completionText([], DIRECTIVE.noFiles);
  }
};
