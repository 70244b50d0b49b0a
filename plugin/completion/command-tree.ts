import { addCommands } from '../cli/add-commands.ts';
import { type GlobalArgv, withGlobalOptions } from '../cli/global-options.ts';
import type { Io } from '../io.ts';

/** As yargs writes it. */
export const DEFAULT_COMMAND = '$0';

/** A flag, as it is completed. */
export interface FlagNode {
  readonly name: string;
  readonly alias: string | undefined;
  readonly describe: string;
  readonly takesValue: boolean;
  /** Whether it may be given more than once. */
  readonly isRepeatable: boolean;
  readonly choices: readonly string[];
}

export interface PositionalNode {
  readonly name: string;
  readonly choices: readonly string[];
}

/** What stands on the command line below a word. */
export interface CommandNode {
  /** Behind `kubectl recover`; none of the root, and of the command that is meant where no other is named. */
  readonly words: readonly string[];
  /** How it is written, from `kubectl` on, with words in capitals for those of a person. */
  readonly usage: string;
  readonly describe: string;
  readonly flags: FlagNode[];
  readonly positionals: PositionalNode[];
  /** By word; that of the command that is meant where no other is named stands under `DEFAULT_COMMAND`. */
  readonly commands: Map<string, CommandNode>;
}

interface Spec {
  readonly type?: string;
  readonly array?: boolean;
  readonly alias?: string;
  readonly describe?: string;
  readonly choices?: readonly string[];
  readonly hidden?: boolean;
}

const emptyNode = (describe: string, words: readonly string[], positionals = ''): CommandNode => ({
  ...{ describe, words, usage: ['kubectl recover', ...words, positionals].join(' ').trim() },
  ...{ flags: [], positionals: [], commands: new Map() },
});

/** `<group>` as GROUP, and so is the one that may be left out only where a file says it; `[mode]` as [MODE]. */
const inCapitals = (positional: string): string => {
  const name = positional.toUpperCase();
  return name.startsWith('<') || name === '[GROUP]' ? name.slice(1, -1) : name;
};

const flagOf = (name: string, { type, array = false, alias, describe = '', choices = [] }: Spec): FlagNode => ({
  ...{ name, alias, describe, choices },
  takesValue: type !== 'boolean',
  isRepeatable: array,
});

const addFlag = (node: CommandNode, name: string, spec: Spec): void => {
  if (!spec.hidden) node.flags.push(flagOf(name, spec));
};

const addCommand = (root: CommandNode, node: CommandNode, [usage, describe, build]: readonly unknown[]): void => {
  const [name = '', ...positionals] = String(usage).split(' ');
  const words = name === DEFAULT_COMMAND ? [] : [...node.words, name];
  const child = emptyNode(String(describe), words, positionals.map(inCapitals).join(' '));
  node.commands.set(name, child);
  if (typeof build === 'function') build(recorderOf(root, child));
};

/** A flag of every command that means something else here. */
const addMeaning = (root: CommandNode, node: CommandNode, name: string, describe: string): void => {
  const flag = root.flags.find(known => known.name === name);
  if (flag !== undefined) node.flags.push({ ...flag, describe });
};

/** Takes the calls that yargs would, and keeps what they say; so nothing is told twice, and yargs is not loaded. */
const recorderOf = (root: CommandNode, node: CommandNode): GlobalArgv => {
  const recorder: GlobalArgv = new Proxy({} as GlobalArgv, {
    get:
      (_, method) =>
      (...args: readonly unknown[]): GlobalArgv => {
        const [name, spec = {}] = args as readonly [string, Spec?];
        if (method === 'command') addCommand(root, node, args);
        else if (method === 'option') addFlag(node, name, spec);
        else if (method === 'options') {
          for (const [each, its] of Object.entries(args[0] as Readonly<Record<string, Spec>>)) addFlag(node, each, its);
        } else if (method === 'describe') addMeaning(root, node, name, String(args[1]));
        else if (method === 'positional') node.positionals.push({ name, choices: spec.choices ?? [] });
        return recorder;
      },
  });
  return recorder;
};

/** All commands and flags of the plugin; the flags of every command stand at the root. */
export const commandTree = (io: Io): CommandNode => {
  const root = emptyNode('', [], 'GROUP');
  const recorder = recorderOf(root, root);
  withGlobalOptions(recorder as Parameters<typeof withGlobalOptions>[0]);
  addCommands(recorder, io, () => undefined);
  return root;
};
