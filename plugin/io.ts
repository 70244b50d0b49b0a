/** One end of the terminal, or of a pipe. */
export interface OutputStream {
  write(text: string): void;
  readonly isTTY: boolean;
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
  /** Aborted by Ctrl-C. */
  readonly interrupted: AbortSignal;
}
