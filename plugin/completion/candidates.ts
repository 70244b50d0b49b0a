import { CODES } from '../../api/codes.ts';
import type { Io } from '../io.ts';
import type { Candidate } from './candidate.ts';
import { type CommandNode, DEFAULT_COMMAND, type FlagNode } from './command-tree.ts';
import { type KubeconfigList, kubeconfigNames } from './kubeconfig-names.ts';
import type { Place } from './parse-words.ts';

/** Names that only a cluster knows. */
export type FromCluster = 'groups' | 'points' | 'namespaces' | 'peers';

/** What may come next: words, names of a cluster, or files. */
export type Candidates =
  | {
      readonly kind: 'words';
      readonly words: readonly Candidate[];
      readonly from?: FromCluster;
      /** Several in one value, as `a,b`: only the last one is being typed. */
      readonly isList?: boolean;
    }
  | { readonly kind: 'files' };

const NONE: Candidates = { kind: 'words', words: [] };

const FILE_FLAGS = new Set([
  ...['kubeconfig', 'certificate-authority', 'client-certificate', 'client-key', 'filename', 'keys', 'dir'],
]);
const KUBECONFIG_FLAGS: Readonly<Record<string, KubeconfigList>> = {
  context: 'contexts',
  'from-context': 'contexts',
  contexts: 'contexts',
  cluster: 'clusters',
  user: 'users',
};
const CLUSTER_FLAGS: Readonly<Record<string, FromCluster>> = {
  namespace: 'namespaces',
  namespaces: 'namespaces',
  point: 'points',
};
/** Flags that take several names with commas between. */
const LIST_FLAGS = new Set(['namespaces', 'contexts']);
const FORMATS = ['json', 'yaml', 'name', 'wide', 'jsonpath=', 'custom-columns='];

const words = (values: readonly string[], describe = ''): Candidate[] => values.map(value => ({ value, describe }));

const ofValue = ({ name, choices }: FlagNode, place: Place, io: Io): Candidates => {
  if (choices.length > 0) return { kind: 'words', words: words(choices) };
  const list = KUBECONFIG_FLAGS[name];
  if (list !== undefined) {
    const names = kubeconfigNames(list, place.flags.get('kubeconfig')?.at(-1), io.env);
    return { kind: 'words', words: words(names), isList: LIST_FLAGS.has(name) };
  }
  if (FILE_FLAGS.has(name)) return { kind: 'files' };
  // A file, where the command has an --output of its own.
  const hasOwn = place.nodes.slice(1).some(({ flags }) => flags.some(flag => flag.name === 'output'));
  if (name === 'output') return hasOwn ? { kind: 'files' } : { kind: 'words', words: words(FORMATS) };
  const from = CLUSTER_FLAGS[name];
  return from === undefined ? NONE : { kind: 'words', words: [], from, isList: LIST_FLAGS.has(name) };
};

const ofFlags = ({ nodes, flags }: Place): Candidates => {
  const all = [...(nodes.at(-1)?.flags ?? []), ...nodes[0].flags];
  // Once, where a command gives a flag of every command another meaning.
  const isOpen = ({ name, isRepeatable }: FlagNode): boolean => isRepeatable || !flags.has(name);
  const unused = all.filter((flag, at) => isOpen(flag) && all.findIndex(({ name }) => name === flag.name) === at);
  const help = { value: '--help', describe: 'Show help' };
  return {
    kind: 'words',
    words: [
      ...unused.map(({ name, describe }) => ({ value: name.length === 1 ? `-${name}` : `--${name}`, describe })),
      help,
    ],
  };
};

const commandsOf = (node: CommandNode): Candidate[] =>
  [...node.commands]
    .filter(([value]) => value !== DEFAULT_COMMAND)
    .map(([value, { describe }]) => ({ value, describe }));

const ofPositional = (place: Place): Candidates => {
  const node = place.nodes.at(-1) ?? place.nodes[0];
  const isFirst = place.positionals.length === 0 && !place.isEscaped;
  // Where no command was typed it may still come.
  const parent = node === place.nodes[0].commands.get(DEFAULT_COMMAND) ? place.nodes[0] : node;
  const commands = isFirst ? commandsOf(parent) : [];
  const positional = node.positionals[place.positionals.length];
  if (positional === undefined) return { kind: 'words', words: commands };
  switch (positional.name) {
    case 'group':
    case 'subject':
      return { kind: 'words', words: commands, from: 'groups' };
    case 'code':
      return { kind: 'words', words: Object.entries(CODES).map(([value, describe]) => ({ value, describe })) };
    case 'input':
      return { kind: 'files' };
    case 'name':
      return node.flags.some(({ name }) => name === 'namespaces') ? NONE : { kind: 'words', words: [], from: 'peers' };
    default:
      return { kind: 'words', words: [...commands, ...words(positional.choices)] };
  }
};

/** What may come next at a place; what a cluster is to be asked for is only named. */
export const candidatesAt = (place: Place, io: Io): Candidates => {
  if (place.pending !== undefined) return ofValue(place.pending, place, io);
  if (place.current.startsWith('-') && !place.isEscaped) return ofFlags(place);
  return ofPositional(place);
};

/** Of what kubectl takes for a hint to be shown, and no candidate. */
const ACTIVE_HELP = '_activeHelp_ ';

/** A line, a tab or a hint of its own would be read as something else, and other control characters reach the terminal. */
const isPlain = ({ value }: Candidate): boolean => !/\p{Cc}/u.test(value) && !value.startsWith(ACTIVE_HELP);

/** As kubectl reads it: a candidate on each line, behind a tab what it is, then what the shell may do beside. */
export const completionText = (candidates: readonly Candidate[], directive: number): string =>
  [
    ...candidates.filter(isPlain).map(({ value, describe }) => {
      const what = describe.replaceAll(/\p{Cc}+/gu, ' ');
      return what === '' ? value : `${value}\t${what}`;
    }),
    `:${directive}`,
    '',
  ].join('\n');
