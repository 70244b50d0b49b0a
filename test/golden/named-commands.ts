import { type CommandNode, commandTree, DEFAULT_COMMAND, type FlagNode } from '../../plugin/completion/command-tree.ts';
import { FakeTerminal } from '../fakes/fake-terminal.ts';

/** What stands for a part of a template. */
export const TEMPLATE = 'X';

const root = commandTree(new FakeTerminal());
/** What yargs gives to every command. */
const HELP: FlagNode = { name: 'help', alias: 'h', describe: '', takesValue: false, isRepeatable: false, choices: [] };

/** A name in capitals, as GROUP or NAMESPACE/NAME, stands for whatever somebody has. */
const isPlaceholder = (word: string): boolean => /^[A-Z][A-Z0-9_/=,.-]*$/.test(word);

/** What ends a command that stands in a sentence, in code, or in the usage of a help. */
const END =
  /"|;|, | — |: |\)|\(| or | and | (?:tells|shows|prints|has|wrote|says)(?=\s|$)|\.(?:\s|$)|\s#|\s\||\s>|\s[<[}]|\\n|&&|…|\s{2,}|$/;

/** Words as a shell reads them, as far as quotes go. */
const wordsOf = (text: string): string[] =>
  [...text.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)].map(([word]) => word.replaceAll(/["']/g, ''));

/** Every command of `program` that a text names, word by word, without the program. A namespace, or an object, may have its name. */
export const namedCommands = (text: string, program: string): readonly (readonly string[])[] =>
  [...text.matchAll(new RegExp(`(?<!-n |/)\\b${program} (?=\\S)([^\\n]*)`, 'g'))].flatMap(({ 1: rest = '' }) => {
    // A quote that opens a word is the shell's; another one ends what is quoted here.
    const inQuotes = rest.replaceAll(/(?<=[\s=])"[^"]*"/g, quoted => '_'.repeat(quoted.length));
    const words = wordsOf(rest.slice(0, inQuotes.search(END)));
    const more = namedCommands(rest, program);
    return [words, ...more];
  });

const flagNamed = (nodes: readonly CommandNode[], name: string): FlagNode | undefined =>
  [HELP, ...nodes.toReversed().flatMap(({ flags }) => flags)].find(
    ({ name: long, alias }) => long === name || alias === name,
  );

const wrongValue = ({ name, choices }: FlagNode, value: string): string | undefined =>
  choices.length === 0 || isPlaceholder(value) || choices.includes(value)
    ? undefined
    : `--${name} is none of ${choices.join(', ')}: ${value}`;

/**
 * Why the plugin would not take these words as its own, told as the completion of the plugin knows its commands and
 * flags; undefined where it would. What is still missing is not looked at: a sentence may name a command alone.
 */
export const whyNotOurs = (words: readonly string[]): string | undefined => {
  const [first = ''] = words;
  const fallback = root.commands.get(DEFAULT_COMMAND) ?? root;
  const nodes: CommandNode[] = [root];
  const rest = [...words];
  for (let node = root.commands.get(first); node !== undefined; node = node.commands.get(rest[0] ?? '')) {
    nodes.push(node);
    rest.shift();
  }
  if (nodes.length === 1) nodes.push(fallback);
  const command = nodes.at(-1) ?? fallback;
  let positionals = 0;
  while (rest.length > 0) {
    const [word = '', next] = rest.splice(0, 1).concat(rest[0] ?? []);
    // Of a template, of which nobody knows here how much it adds.
    if (word === '--' || word === 'COMMAND' || word === TEMPLATE) continue;
    if (!word.startsWith('-') || word === '-') {
      // A group is not a word of a sentence.
      if (command === fallback && !isPlaceholder(word) && !/^[a-z][a-z0-9-]*(\/[a-z0-9-]+)?$/.test(word)) return word;
      const positional = command.positionals[positionals] ?? command.positionals.find(({ name }) => name === 'backups');
      if (positional === undefined) return `"${word}" is one word too many`;
      if (positional.choices.length > 0 && !isPlaceholder(word) && !positional.choices.includes(word)) return word;
      positionals += 1;
      continue;
    }
    const [, name = '', value] = /^--?([^=]+)(?:=(.*))?$/.exec(word) ?? [];
    const flag = flagNamed(nodes, name);
    if (flag === undefined) return `there is no flag ${word}`;
    if (!flag.takesValue) continue;
    if (value === undefined && (next === undefined || next.startsWith('--'))) return `${word} has no value`;
    if (value === undefined) rest.shift();
    const wrong = wrongValue(flag, value ?? next ?? '');
    if (wrong !== undefined) return wrong;
  }
  return undefined;
};
