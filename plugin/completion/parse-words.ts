import { type CommandNode, DEFAULT_COMMAND, type FlagNode } from './command-tree.ts';

/** Where the cursor is, and what stands before it. */
export interface Place {
  /** From the root to the command that was typed, or is meant where none was. */
  readonly nodes: readonly [CommandNode, ...CommandNode[]];
  /** Values of flags by name. */
  readonly flags: ReadonlyMap<string, readonly string[]>;
  readonly positionals: readonly string[];
  /** The flag whose value is being typed. */
  readonly pending: FlagNode | undefined;
  /** What was typed of the word, or of the value. */
  readonly current: string;
  /** Behind `--` there are no flags. */
  readonly isEscaped: boolean;
}

const findFlag = (nodes: readonly CommandNode[], typed: string): FlagNode | undefined => {
  const name = typed.replace(/^--?/, '');
  const matches = ({ name: long, alias }: FlagNode): boolean => long === name || alias === name;
  // A command may have a flag of its own in place of one of every command.
  return nodes
    .toReversed()
    .flatMap(({ flags }) => flags)
    .find(matches);
};

/** Reads the words behind `kubectl recover`; the last one is being typed. */
export const parseWords = (root: CommandNode, words: readonly string[]): Place => {
  const nodes: [CommandNode, ...CommandNode[]] = [root];
  const flags = new Map<string, string[]>();
  const positionals: string[] = [];
  const fallback = root.commands.get(DEFAULT_COMMAND) ?? root;
  let pending: FlagNode | undefined;
  let isEscaped = false;
  const flagNamed = (typed: string): FlagNode | undefined =>
    findFlag(nodes.length === 1 ? [root, fallback] : nodes, typed);
  const keep = ({ name }: FlagNode, value: string): void => {
    flags.set(name, [...(flags.get(name) ?? []), value]);
  };
  for (const word of words.slice(0, -1)) {
    const [, typed, value] = /^(--?[^=]+)=(.*)$/s.exec(word) ?? [];
    if (pending !== undefined) {
      keep(pending, word);
      pending = undefined;
    } else if (isEscaped) positionals.push(word);
    else if (word === '--') isEscaped = true;
    else if (typed !== undefined && value !== undefined) {
      const flag = flagNamed(typed);
      if (flag !== undefined) keep(flag, value);
    } else if (word.startsWith('-')) {
      const flag = flagNamed(word);
      if (flag?.takesValue) pending = flag;
    } else {
      const child = positionals.length === 0 ? nodes.at(-1)?.commands.get(word) : undefined;
      if (child === undefined) positionals.push(word);
      else nodes.push(child);
    }
  }
  const last = words.at(-1) ?? '';
  const [, typed, value] = pending === undefined && !isEscaped ? (/^(--?[^=]+)=(.*)$/s.exec(last) ?? []) : [];
  const current = value ?? last;
  if (nodes.length === 1) nodes.push(fallback);
  return {
    ...{ nodes, flags, positionals, current, isEscaped },
    pending: typed === undefined ? pending : flagNamed(typed),
  };
};
