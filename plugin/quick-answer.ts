import packageJson from '../package.json' with { type: 'json' };

/** What `kubectl recover version` prints. */
export const versionText = (): string => `kubectl-recover ${packageJson.version}\n`;

/**
 * What is printed for a command line that needs nothing but this to be answered: no parser of arguments, no login. Scripts
 * ask for the version to see whether the plugin is there. Absent: the command line has to be run.
 */
export const quickAnswer = (argv: readonly string[]): string | undefined =>
  argv.length === 1 && argv[0] === 'version' ? versionText() : undefined;
