import yargs from 'yargs';
import { RecoverError } from '../api/recover-error.ts';
import { addClusterCommands } from './cli/cluster-commands.ts';
import { withGlobalOptions } from './cli/global-options.ts';
import { addGroupCommands } from './cli/group-commands.ts';
import { addOtherCommands } from './cli/other-commands.ts';
import { addRecoverCommand } from './cli/recover-command.ts';
import { EXIT, EXIT_CODE_HELP, exitCodeOf } from './exit-codes.ts';
import type { Io } from './io.ts';
import { type ColorChoice, paletteOf, usesColor } from './render/color.ts';
import { failureJson, failureText } from './render/failure.ts';

const HELP_WIDTH = 110;

const usageError = (message: string): RecoverError =>
  new RecoverError({ code: 'UsageError', message, mend: 'see kubectl recover --help' });

const colorOf = (argv: readonly string[]): ColorChoice => {
  const flag = argv.find(argument => argument.startsWith('--color='))?.slice('--color='.length);
  return flag === 'always' || flag === 'never' ? flag : 'auto';
};

const wantsJson = (argv: readonly string[]): boolean =>
  argv.some(
    (argument, index) =>
      /^(-o=?|--output=)json$/.test(argument) || (/^(-o|--output)$/.test(argument) && argv[index + 1] === 'json'),
  );

/** yargs takes `-2h` for flags; written as one word it is the value of `--at`. */
const joinTimeAgo = (argv: readonly string[]): string[] => {
  const joined = [...argv];
  const index = joined.indexOf('--at');
  const next = joined[index + 1];
  if (index !== -1 && next !== undefined && /^-\d+[smhd]$/.test(next)) joined.splice(index, 2, `--at=${next}`);
  return joined;
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
      .parserConfiguration({ 'populate--': true, 'duplicate-arguments-array': false, 'boolean-negation': true })
      .strict()
      .version(false)
      .help()
      .alias('help', 'h')
      .epilogue(`A group named like a command: kubectl recover -- GROUP\n${EXIT_CODE_HELP}`)
      .exitProcess(false)
      .fail((message, error) => {
        throw error ?? usageError(message.split('\n', 1)[0] ?? 'the arguments cannot be read');
      }),
  );
  addGroupCommands(cli, io, done);
  addClusterCommands(cli, io, done);
  addOtherCommands(cli, io, done);
  addRecoverCommand(cli, io, done);
  await cli.parseAsync(joinTimeAgo(argv), {}, (_error, _flags, output) => {
    if (output !== '') io.stdout.write(`${output}\n`);
  });
  return exitCode;
};

/** Runs the plugin with the arguments after its name, and returns its exit code. */
export const run = async (argv: readonly string[], io: Io): Promise<number> => {
  try {
    return await parse(argv, io);
  } catch (error) {
    const palette = paletteOf(usesColor(colorOf(argv), io.stderr, io.env));
    io.stderr.write(wantsJson(argv) ? failureJson(error) : failureText(error, palette));
    return error instanceof RecoverError ? exitCodeOf(error.code) : EXIT.error;
  }
};
