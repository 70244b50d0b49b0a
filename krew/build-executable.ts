import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { runCommand } from '../test/clusters/run-command.ts';

export interface ExecutableOptions {
  /** The bundle. */
  readonly main: string;
  /** Node that builds; of the same version as `target`. */
  readonly builder: string;
  /** Node that the bundle is put into. */
  readonly target: string;
  readonly output: string;
}

/** Makes a single executable application (https://nodejs.org/api/single-executable-applications.html). */
export const buildExecutable = async ({ main, builder, target, output }: ExecutableOptions): Promise<void> => {
  await mkdir(dirname(output), { recursive: true });
  const config = `${output}.sea.json`;
  const settings = {
    main,
    mainFormat: 'module',
    executable: target,
    output,
    // V8 takes compiled code of its own platform only; elsewhere the executable would end at its start.
    useCodeCache: target === builder,
    disableExperimentalSEAWarning: true,
    // NODE_OPTIONS of the surroundings must not load code into a program that holds a login. NODE_EXTRA_CA_CERTS works.
    execArgvExtension: 'none',
  };
  await writeFile(config, JSON.stringify(settings));
  await runCommand(builder, ['--build-sea', config]);
  await chmod(output, 0o755);
};
