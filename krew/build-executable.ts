import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runCommand } from '../test/clusters/run-command.ts';
import { BUNDLE_ASSET, CODE_CACHE_ASSET } from './executable-assets.ts';

export interface ExecutableOptions {
  /** What the executable begins with: executable-main.ts, bundled. */
  readonly main: string;
  /** The bundle of the plugin. */
  readonly bundle: string;
  /** Node that builds; of the same version as `target`. */
  readonly builder: string;
  /** Node that the bundle is put into. */
  readonly target: string;
  readonly output: string;
}

const MAKE_CODE_CACHE = join(import.meta.dirname, 'make-code-cache.ts');

/** Makes a single executable application (https://nodejs.org/api/single-executable-applications.html). */
export const buildExecutable = async (options: ExecutableOptions): Promise<void> => {
  const { main, bundle, builder, target, output } = options;
  await mkdir(dirname(output), { recursive: true });
  const codeCache = `${output}.code-cache`;
  if (target === builder) await runCommand(builder, [MAKE_CODE_CACHE, bundle, codeCache]);
  else await writeFile(codeCache, '');
  const config = `${output}.sea.json`;
  const settings = {
    main,
    executable: target,
    output,
    assets: { [BUNDLE_ASSET]: bundle, [CODE_CACHE_ASSET]: codeCache },
    disableExperimentalSEAWarning: true,
    // NODE_OPTIONS of the surroundings must not load code into a program that holds a login. NODE_EXTRA_CA_CERTS works.
    execArgvExtension: 'none',
  };
  await writeFile(config, JSON.stringify(settings));
  await runCommand(builder, ['--build-sea', config]);
  await chmod(output, 0o755);
};
