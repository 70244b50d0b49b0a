import { parseArgs } from 'node:util';

export const USAGE = `usage: npm run demo -- [--keep]

Shows a recovery on two real clusters, "prod" and "dr", that are started for it and stopped after it.

  --keep      leave the clusters up afterwards, until Ctrl-C, and say how to look around in them
  -h, --help  print this

The first run builds the programs of the clusters, which takes some minutes. The story goes to stdout, talk about
building and starting to stderr. Exit codes: 0 all steps held, 1 some did not or nothing started, 2 usage, 130 Ctrl-C.
`;

/** What the command line asks for. */
export type DemoOptions =
  | { readonly kind: 'run'; readonly keep: boolean }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly message: string };

export const readOptions = (args: readonly string[]): DemoOptions => {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { keep: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false } },
    });
    return values.help ? { kind: 'help' } : { kind: 'run', keep: values.keep };
  } catch (error) {
    // parseArgs throws a TypeError for what it does not know; its message names it.
    if (error instanceof TypeError) return { kind: 'wrong', message: error.message };
    throw error;
  }
};
