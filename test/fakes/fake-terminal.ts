import type { Io, OutputStream } from '../../plugin/io.ts';
import { NOW } from './fake-authority.ts';

export interface TerminalSetting {
  /** Whether a person sits there: stdin, stdout and stderr are one terminal. */
  readonly isTTY?: boolean;
  readonly env?: Io['env'];
  /** What the person answers, in turn. */
  readonly answers?: readonly string[];
  readonly now?: Date;
}

/** A terminal, or pipes, that keeps what is written; its clock stands still but for the time slept through. */
export class FakeTerminal implements Io {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly stdinIsTTY: boolean;
  readonly env: Io['env'];
  readonly interruption = new AbortController();
  /** Prompts that were shown. */
  readonly prompts: string[] = [];
  /** What was slept, in milliseconds. */
  readonly naps: number[] = [];
  readonly #stdout: string[] = [];
  readonly #stderr: string[] = [];
  readonly #answers: string[];
  #timeMs: number;

  constructor({ isTTY = false, env = {}, answers = [], now = NOW }: TerminalSetting = {}) {
    this.stdout = { write: text => void this.#stdout.push(text), isTTY };
    this.stderr = { write: text => void this.#stderr.push(text), isTTY };
    this.stdinIsTTY = isTTY;
    this.env = env;
    this.#answers = [...answers];
    this.#timeMs = now.getTime();
  }

  /** All that went to stdout. */
  get data(): string {
    return this.#stdout.join('');
  }

  /** All that went to stderr, escape sequences included. */
  get talk(): string {
    return this.#stderr.join('');
  }

  get interrupted(): AbortSignal {
    return this.interruption.signal;
  }

  readonly clock = (): number => this.#timeMs;

  readonly sleep = async (milliseconds: number): Promise<void> => {
    this.naps.push(milliseconds);
    this.#timeMs += milliseconds;
  };

  readonly question = async (prompt: string): Promise<string> => {
    this.prompts.push(prompt);
    const answer = this.#answers.shift();
    if (answer === undefined) throw new Error(`nobody answers "${prompt}"`);
    this.stderr.write(`${prompt}${answer}\n`);
    return answer;
  };

  /** What a person sees of stderr in the end: cursor up and clear line (ECMA-48 CUU and EL) are played. */
  get screen(): readonly string[] {
    const lines = [''];
    let row = 0;
    for (const [, up, clear, newline, text] of this.talk.matchAll(
      // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
      /\u001b\[(\d+)A|(\u001b\[2K)|(\n)|([^\u001b\n]+)/g,
    )) {
      if (up !== undefined) row -= Math.max(1, Number(up));
      else if (clear !== undefined) lines[row] = '';
      else if (newline !== undefined) {
        row += 1;
        lines[row] ??= '';
      } else lines[row] += text ?? '';
    }
    return lines.slice(0, -1);
  }
}
