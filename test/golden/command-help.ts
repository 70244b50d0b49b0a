import { run } from '../../plugin/run.ts';
import { FakeTerminal } from '../fakes/fake-terminal.ts';

const helpOf = async (words: readonly string[]): Promise<string> => {
  const terminal = new FakeTerminal();
  const exitCode = await run([...words, '--help'], terminal);
  if (exitCode !== 0) throw new Error(`kubectl recover ${words.join(' ')} --help ended with ${exitCode}`);
  return terminal.data;
};

/** Words of the commands that a help names under `Commands:`. */
const commandsIn = (help: string): readonly (readonly string[])[] => {
  const [, listed = ''] = /^Commands:\n((?: .*\n)+)/m.exec(help) ?? [];
  return [...listed.matchAll(/^ {2}kubectl recover ((?:[a-z][a-z-]* ?)+)/gm)].map(([, words = '']) =>
    words.trim().split(' '),
  );
};

const helpsFrom = async (words: readonly string[]): Promise<(readonly [string, string])[]> => {
  const help = await helpOf(words);
  const deeper = commandsIn(help).filter(found => found.length > words.length);
  const helps = await Promise.all(deeper.map(helpsFrom));
  return [[words.join(' '), help], ...helps.flat()];
};

/** The help of each command, by the words after `kubectl recover`; that of `kubectl recover` itself is the first. */
export const commandHelps = async (): Promise<ReadonlyMap<string, string>> => new Map(await helpsFrom([]));
