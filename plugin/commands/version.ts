import packageJson from '../../package.json' with { type: 'json' };
import { EXIT } from '../exit-codes.ts';
import { versionText } from '../quick-answer.ts';
import { isStructured, structured } from '../render/output.ts';
import type { CommandContext } from './command-context.ts';

/** `kubectl recover version`: of the plugin; asks no cluster. */
export const version = async ({ io, output }: CommandContext): Promise<number> => {
  const client = { version: packageJson.version, node: process.versions.node };
  if (isStructured(output)) io.stdout.write(structured({ client }, output));
  else io.stdout.write(versionText());
  return EXIT.success;
};
