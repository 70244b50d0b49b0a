import yargs from 'yargs';
import { RecoverError } from '../api/recover-error.ts';
import { addCommands } from './cli/add-commands.ts';
import { withGlobalOptions } from './cli/global-options.ts';
import { EXIT, EXIT_CODE_HELP, exitCodeOf } from './exit-codes.ts';
import type { Io } from './io.ts';
import { type ColorChoice, paletteOf, usesColor } from './render/color.ts';
import { failureJson, failureText } from './render/failure.ts';
import { columnsOf } from './render/hung-lines.ts';

const HELP_WIDTH = 110;

const usageError = (message: string, mend: string): RecoverError =>
  new RecoverError({ code: 'UsageError', message, mend });

/** What the parser says of a command line that it does not take. */
class ParserFailure extends Error {}

/** What stands behind `--` is no flag. */
const flagsOf = (argv: readonly string[]): readonly string[] => {
  const end = argv.indexOf('--');
  return end === -1 ? argv : argv.slice(0, end);
};

const colorOf = (argv: readonly string[]): ColorChoice => {
  const index = argv.findIndex(argument => /^--color(=|$)/.test(argument));
  const flag = argv[index] === '--color' ? argv[index + 1] : argv[index]?.slice('--color='.length);
  return flag === 'always' || flag === 'never' ? flag : 'auto';
};

const wantsJson = (argv: readonly string[]): boolean =>
  argv.some(
    (argument, index) =>
      /^(-o=?|--output=)json$/.test(argument) || (/^(-o|--output)$/.test(argument) && argv[index + 1] === 'json'),
  );

/** kubectl takes `-ojson`, `-v6` and `-nshop`; yargs would take them for as many flags as letters. */
const splitShort = (argv: readonly string[]): string[] => {
  const flags = flagsOf(argv);
  return [
    ...flags.flatMap(argument => {
      const [, flag, value] = /^(-[onslvf])([^=].*)$/.exec(argument) ?? [];
      return flag === undefined || value === undefined ? [argument] : [flag, value];
    }),
    ...argv.slice(flags.length),
  ];
};

/** As kubectl has it: `help COMMAND` is `COMMAND --help`. */
const helpFlag = (argv: readonly string[]): readonly string[] =>
  argv[0] === 'help' && argv[1] !== undefined && !argv[1].startsWith('-') ? [...argv.slice(1), '--help'] : argv;

/** yargs takes `-2h` for flags; written as one word it is the value of `--at`. */
const joinTimeAgo = (argv: readonly string[]): string[] => {
  const joined = [...argv];
  const index = joined.indexOf('--at');
  const next = joined[index + 1];
  if (index !== -1 && next !== undefined && /^-\d/.test(next)) joined.splice(index, 2, `--at=${next}`);
  return joined;
};

const kebab = (name: string): string => name.replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`);

/** A flag with one value that is given twice would make a list of it: which one was meant is not ours to guess. */
const refuseTwice = (flags: Readonly<Record<string, unknown>>, options: Readonly<Record<string, unknown>>): true => {
  const lists = new Set([options['array']].flat());
  for (const [name, value] of Object.entries(flags)) {
    if (name === '_' || name === '--' || !Array.isArray(value) || lists.has(kebab(name))) continue;
    throw usageError(`${name.length === 1 ? '-' : '--'}${kebab(name)} is given more than once`, 'give it once');
  }
  return true;
};

/** yargs takes every value of a switch but `true` for false, `--latest=yes` too. */
const refuseOdd = (argv: readonly string[], options: Readonly<Record<string, unknown>>): void => {
  const switches = new Set([options['boolean']].flat());
  for (const argument of flagsOf(argv)) {
    const [, flag, name, value] = /^(--?([^=]+))=(.*)$/.exec(argument) ?? [];
    if (!switches.has(name) || value === 'true' || value === 'false') continue;
    throw usageError(`${flag} cannot be "${value}": it is true or false`, `write ${flag}, or ${flag}=false`);
  }
};

/** Behind `--` there may be the group of a recovery, where none stands before it, and nothing else. */
const refuseRest = (flags: Readonly<Record<string, unknown>>): void => {
  const [rest, command] = [[flags['--'] ?? []].flat(), [flags['_'] ?? []].flat()];
  const isTaken = command.length === 0 && flags['group'] === undefined;
  const unknown = rest[isTaken ? 1 : 0];
  if (unknown !== undefined) throw new ParserFailure(`Unknown argument: ${unknown}`);
};

const parse = async (argv: readonly string[], io: Io): Promise<number> => {
  let exitCode: number = EXIT.success;
  const done = (code: number): void => {
    exitCode = code;
  };
  const cli = withGlobalOptions(
    yargs()
      .scriptName('kubectl recover')
      .locale('en')
      .wrap(HELP_WIDTH)
      .usage('kubectl recover GROUP\nkubectl recover COMMAND')
      .parserConfiguration({ 'populate--': true, 'boolean-negation': true, 'dot-notation': false })
      .strict()
      .check((flags, options) => {
        refuseRest(flags);
        refuseOdd(argv, options);
        return refuseTwice(flags, options);
      }, true)
      .version(false)
      .help()
      .alias('help', 'h')
      .epilogue(`A group named like a command: kubectl recover -- GROUP\n${EXIT_CODE_HELP}`)
      .exitProcess(false)
      .fail((message, error) => {
        // An error of a command comes without a message of yargs; one of a check of ours has what would mend it.
        throw message && !(error instanceof RecoverError) ? new ParserFailure(message) : error;
      }),
  );
  addCommands(cli, io, done);
  try {
    await cli.parseAsync(joinTimeAgo(splitShort(helpFlag(argv))), {}, (_error, _flags, output) => {
      if (output !== '') io.stdout.write(`${output}\n`);
    });
  } catch (error) {
    if (!(error instanceof ParserFailure)) throw error;
    // What it takes to tell it better is loaded only now.
    const { usageFailure } = await import('./cli/usage-failure.ts');
    throw usageFailure(error.message, argv, io);
  }
  return exitCode;
};

/** Runs the plugin with the arguments after its name, and returns its exit code. */
export const run = async (argv: readonly string[], io: Io): Promise<number> => {
  try {
    return await parse(argv, io);
  } catch (error) {
    const palette = paletteOf(usesColor(colorOf(flagsOf(argv)), io.stderr, io.env));
    io.stderr.write(wantsJson(flagsOf(argv)) ? failureJson(error) : failureText(error, palette, columnsOf(io.stderr)));
    return error instanceof RecoverError ? exitCodeOf(error.code) : EXIT.error;
  }
};
