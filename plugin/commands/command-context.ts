import type { ConnectionFlags } from '../cluster/connection-flags.ts';
import type { Io } from '../io.ts';
import type { Palette } from '../render/color.ts';
import { columnsOf, hungText } from '../render/hung-lines.ts';
import type { OutputFormat } from '../render/output.ts';

/** What every command is given beside its own flags. */
export interface CommandContext {
  readonly io: Io;
  readonly palette: Palette;
  readonly connection: ConnectionFlags;
  readonly output?: OutputFormat | undefined;
  /** Only errors are told. */
  readonly quiet: boolean;
}

/** Says something to the person at the terminal. */
export const tell = ({ io, quiet }: CommandContext, text: string): void => {
  if (!quiet) io.stderr.write(hungText(text, columnsOf(io.stderr)));
};
