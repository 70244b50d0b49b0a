import { nearestName } from '../../api/nearest-name.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { type CommandNode, commandTree, type FlagNode } from '../completion/command-tree.ts';
import { type Place, parseWords } from '../completion/parse-words.ts';
import type { Io } from '../io.ts';

const usage = (message: string, mend: string): RecoverError => new RecoverError({ code: 'UsageError', message, mend });

const helpOf = ({ words }: CommandNode): string => ['kubectl recover', ...words, '--help'].join(' ');

/** A command line as far as it can be read, and the command that it was read for. */
interface Line {
  readonly argv: readonly string[];
  readonly place: Place;
  readonly root: CommandNode;
  readonly command: CommandNode;
}

const dashed = (name: string): string => (name.length === 1 ? `-${name}` : `--${name}`);

const flagsOf = ({ command, root }: Pick<Line, 'command' | 'root'>): readonly FlagNode[] => [
  ...command.flags,
  ...root.flags,
];

const allCommands = (node: CommandNode): CommandNode[] => [node, ...[...node.commands.values()].flatMap(allCommands)];

const hasFlag = (flags: readonly FlagNode[], name: string): boolean =>
  flags.some(flag => flag.name === name || flag.alias === name || `no-${flag.name}` === name);

/** Names of what begins with a hyphen before the value of no flag; what stands behind `--` is no flag. */
const typedFlags = ({ argv }: Line): string[] => {
  const end = argv.indexOf('--');
  return (end === -1 ? argv : argv.slice(0, end)).flatMap(word => /^--?([a-zA-Z][^=]*)/.exec(word)?.[1] ?? []);
};

const unknownFlag = (line: Line): RecoverError | undefined => {
  const { root, command } = line;
  const flags = flagsOf(line);
  const name = typedFlags(line).find(typed => typed !== 'help' && typed !== 'h' && !hasFlag(flags, typed));
  if (name === undefined) return undefined;
  const flag = dashed(name);
  const asCommand = root.commands.get(name);
  if (asCommand !== undefined)
    return usage(`there is no flag ${flag}, but a command of that name`, `write: ${asCommand.usage}`);
  if (allCommands(root).some(({ flags: its }) => hasFlag(its, name))) {
    const of = command.words.length === 0 ? 'GROUP' : command.words.join(' ');
    return usage(`"kubectl recover ${of}" takes no ${flag}`, `see ${helpOf(command)}`);
  }
  const near =
    name.length === 1
      ? undefined
      : nearestName(
          name,
          flags.map(known => known.name),
        );
  const meant = near === undefined ? '' : `; did you mean ${dashed(near)}?`;
  return usage(`there is no flag ${flag}${meant}`, `see ${helpOf(command)}`);
};

/** A word below a command that has commands, as in `group lst`. */
const unknownCommand = ({ place, command }: Line): RecoverError | undefined => {
  const [typed] = place.positionals;
  const names = [...command.commands.keys()];
  if (typed === undefined || command.words.length === 0 || names.length === 0) return undefined;
  const near = nearestName(typed, names);
  const before = command.words.join(' ');
  const meant = near === undefined ? '' : `; did you mean "${before} ${near}"?`;
  return usage(
    `there is no command "${before} ${typed}"${meant}`,
    `it is one of ${names.join(', ')}; see ${helpOf(command)}`,
  );
};

/** Where no command was typed as such: one with a slip in it, or one behind what is taken for a group. */
const misplacedCommand = ({ root, place, command }: Line): RecoverError | undefined => {
  const [first, ...others] = place.positionals;
  if (command.words.length > 0 || first === undefined) return undefined;
  const near = nearestName(first, [...root.commands.keys()]);
  const meant = near === undefined ? undefined : root.commands.get(near);
  if (meant !== undefined) {
    return usage(
      `there is no command "${first}"; did you mean "${near}"?`,
      `write: ${meant.usage}; all commands: kubectl recover --help`,
    );
  }
  const late = others.find(word => root.commands.has(word)) ?? '';
  const behind = root.commands.get(late);
  return behind === undefined
    ? undefined
    : usage(
        `the command "${late}" stands behind "${first}", which is taken for the name of a group`,
        `write: ${behind.usage}`,
      );
};

const unknownWord = (line: Line, told: string): RecoverError => {
  const { place, command } = line;
  const extra = place.positionals[command.positionals.length] ?? told;
  if (extra.length > 1 && hasFlag(flagsOf(line), extra)) {
    return usage(`"${extra}" is one word too many; did you mean --${extra}?`, `see ${helpOf(command)}`);
  }
  const [first] = place.positionals;
  if (command.words.length === 0 && first !== undefined && first !== extra) {
    return usage(
      `"${extra}" is one word too many: "${first}" is taken for the name of a group`,
      `write: ${command.usage}; all commands: kubectl recover --help`,
    );
  }
  return usage(`"${extra}" is one word too many`, `write: ${command.usage}; see ${helpOf(command)}`);
};

/** What is too many, or of no name that there is; whatever the parser noticed first. */
const unknownAnything = (line: Line, told: string): RecoverError =>
  misplacedCommand(line) ?? unknownCommand(line) ?? unknownFlag(line) ?? unknownWord(line, told);

const missingWord = ({ place, command }: Line): RecoverError => {
  const { name } = command.positionals[place.positionals.length] ?? { name: 'word' };
  const groups =
    name === 'group' || name === 'subject' ? 'your groups: kubectl recover group list' : `see ${helpOf(command)}`;
  return usage(`"kubectl recover ${command.words.join(' ')}" lacks its ${name}`, `write: ${command.usage}; ${groups}`);
};

const listed = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

const missingFlags = ({ command }: Line, names: string, why: string | undefined): RecoverError => {
  const flags = names.split(', ').map(dashed);
  const verb = flags.length === 1 ? 'is' : 'are';
  return usage(`${listed(flags)} ${verb} missing${why === undefined ? '' : `: ${why}`}`, `see ${helpOf(command)}`);
};

const missingValue = (line: Line, name: string): RecoverError => {
  const flag = flagsOf(line).find(known => known.name === name || known.alias === name);
  const what = flag === undefined ? '' : `write what it is: ${flag.describe}; `;
  return usage(`${dashed(flag?.name ?? name)} lacks its value`, `${what}see ${helpOf(line.command)}`);
};

const wrongValue = (line: Line, name: string, given: string, said: string): RecoverError => {
  const choices = [...said.matchAll(/"([^"]*)"/g)].map(([, choice = '']) => choice);
  const near = nearestName(given, choices);
  const what = hasFlag(flagsOf(line), name) ? `${dashed(name)} cannot be "${given}"` : `"${given}" is no ${name}`;
  const meant = near === undefined ? '' : `; did you mean "${near}"?`;
  return usage(`${what}${meant}`, `it is one of ${choices.join(', ')}; see ${helpOf(line.command)}`);
};

/** What the parser says, in English, of a command line that it does not take; told as what it would take. */
export const usageFailure = (said: string, argv: readonly string[], io: Io): RecoverError => {
  const root = commandTree(io);
  const end = argv.indexOf('--');
  const place = parseWords(root, [...(end === -1 ? argv : argv.slice(0, end)), '']);
  const command = place.nodes.at(-1) ?? root;
  const line: Line = { argv, place, root, command };
  const [, unknown] = /^Unknown (?:argument|command)s?: (.*)$/s.exec(said) ?? [];
  if (unknown !== undefined) return unknownAnything(line, unknown);
  const [, missing, why] = /^Missing required arguments?: ([^\n]*)(?:\n(.*))?$/s.exec(said) ?? [];
  if (missing !== undefined) return missingFlags(line, missing, why);
  const [, without] = /^Not enough arguments following: (\S+)$/.exec(said) ?? [];
  if (without !== undefined) return missingValue(line, without);
  const [, name, given, choices] = /Argument: (\S+), Given: "([^\n]*?)", Choices: ([^\n]*)/.exec(said) ?? [];
  if (name !== undefined && given !== undefined && choices !== undefined) return wrongValue(line, name, given, choices);
  if (said.startsWith('Not enough non-option arguments')) return missingWord(line);
  return unknownCommand(line) ?? usage(said.replaceAll(/\s+/g, ' '), `see ${helpOf(command)}`);
};
