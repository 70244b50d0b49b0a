import type { NextKeys } from './read-keys.ts';

/** One end of the terminal, or of a pipe. */
export interface OutputStream {
  write(text: string): void;
  readonly isTTY: boolean;
  /** Size of the terminal, where it tells. */
  readonly rows?: number | undefined;
  readonly columns?: number | undefined;
}

/** Everything of the outside world that a command touches beside clusters; given by whoever runs it. */
export interface Io {
  /** Data: what a script reads. */
  readonly stdout: OutputStream;
  /** Talk: what a person reads. */
  readonly stderr: OutputStream;
  readonly stdinIsTTY: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** Asks the person at the terminal; only where stdin is one. */
  readonly question: (prompt: string) => Promise<string>;
  /** Reads single keys while `use` runs; absent where stdin is no terminal. */
  readonly keyboard?: (<Answer>(use: (nextKeys: NextKeys) => Promise<Answer>) => Promise<Answer>) | undefined;
  /** Aborted by Ctrl-C. */
  readonly interrupted: AbortSignal;
}
