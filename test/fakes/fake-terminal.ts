import type { Io, OutputStream } from '../../plugin/io.ts';
import { TerminalScreen } from '../environment/terminal-screen.ts';
import { NOW } from './fake-authority.ts';

export interface TerminalSetting {
  /** Whether a person sits there: stdin, stdout and stderr are one terminal. */
  readonly isTTY?: boolean;
  /** Of the terminal; absent: large enough for anything. */
  readonly rows?: number;
  readonly columns?: number;
  readonly env?: Io['env'];
  /** What the person answers, in turn. */
  readonly answers?: readonly string[];
  readonly now?: Date;
}

const LARGE = 1_000;

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
  /** Size of the terminal, which a person may change at any time. */
  rows: number;
  columns: number;

  constructor({ isTTY = false, env = {}, answers = [], now = NOW, ...size }: TerminalSetting = {}) {
    const terminal = this;
    this.rows = size.rows ?? LARGE;
    this.columns = size.columns ?? LARGE;
    this.stdout = {
      write: text => void this.#stdout.push(text),
      isTTY,
      get columns() {
        return isTTY ? terminal.columns : undefined;
      },
    };
    this.stderr = {
      write: text => void this.#stderr.push(text),
      isTTY,
      get rows() {
        return isTTY ? terminal.rows : undefined;
      },
      get columns() {
        return isTTY ? terminal.columns : undefined;
      },
    };
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

  /** Called after each nap: what happens meanwhile. */
  meanwhile: () => void = () => undefined;

  readonly sleep = async (milliseconds: number): Promise<void> => {
    this.naps.push(milliseconds);
    this.#timeMs += milliseconds;
    this.meanwhile();
  };

  readonly question = async (prompt: string): Promise<string> => {
    this.prompts.push(prompt);
    const answer = this.#answers.shift();
    if (answer === undefined) throw new Error(`nobody answers "${prompt}"`);
    this.stderr.write(`${prompt}${answer}\n`);
    return answer;
  };

  /** What a person sees of stderr in the end. */
  get screen(): readonly string[] {
    const screen = new TerminalScreen(this.rows, this.columns);
    screen.write(this.talk.replaceAll('\n', '\r\n'));
    return screen.history.slice(0, -1);
  }
}
