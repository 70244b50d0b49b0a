import { createHash } from 'node:crypto';

/** Everything that decides what a build makes. */
export interface BuildInputs {
  readonly goMod: string;
  readonly goSum: string;
  readonly goVersion: string;
  /** `GOOS/GOARCH` */
  readonly platform: string;
  readonly commands: readonly (readonly string[])[];
  readonly moduleFiles: readonly string[];
  /** Text of the programs whose source is in the folder itself. */
  readonly source?: string;
}

/** SHA-256 in hex: the same inputs are built once, any other ones in a folder of their own. */
export function cacheKey(inputs: BuildInputs): string {
  const { goMod, goSum, goVersion, platform, commands, moduleFiles, source } = inputs;
  // An array, not the object: its order is not left to whoever made it.
  return createHash('sha256')
    .update(
      JSON.stringify([
        goMod,
        goSum,
        goVersion,
        platform,
        commands,
        moduleFiles,
        ...(source === undefined ? [] : [source]),
      ]),
    )
    .digest('hex');
}
