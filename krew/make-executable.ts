import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildExecutable } from './build-executable.ts';
import { EXECUTABLE_MAIN, PLUGIN_BUNDLE } from './bundle.ts';
import { dropPeSignature } from './drop-pe-signature.ts';
import { executableName, type Platform } from './platforms.ts';
import { signMachO } from './sign-mach-o.ts';
import { unpackNode } from './unpack-node.ts';
import { verifyMachOSignature } from './verify-mach-o-signature.ts';

export interface MakeExecutableOptions {
  readonly platform: Platform;
  /** The one that builds. */
  readonly here: Platform;
  /** Of build-bundles.ts. */
  readonly bundles: string;
  /** For what is needed on the way. */
  readonly folder: string;
}

/** The plugin as one file for one platform, signed as that platform demands. */
export const makeExecutable = async ({
  platform,
  here,
  bundles,
  folder,
}: MakeExecutableOptions): Promise<Uint8Array> => {
  const target = await unpackNode(platform, join(folder, platform.node));
  const builder = platform === here ? target : await unpackNode(here, join(folder, here.node));
  const output = join(folder, platform.node, executableName(platform));
  const [main, bundle] = [join(bundles, EXECUTABLE_MAIN), join(bundles, PLUGIN_BUNDLE)];
  await buildExecutable({ main, bundle, builder, target, output });
  if (platform.os === 'darwin') await signMachO(output);
  const content = await readFile(output);
  if (platform.os === 'darwin') verifyMachOSignature(content);
  if (platform.os === 'windows') dropPeSignature(content);
  return content;
};
