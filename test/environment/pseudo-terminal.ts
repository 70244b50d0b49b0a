import { type ChildProcess, spawn } from 'node:child_process';
import type { Tools } from '../clusters/build-tools.ts';
import { TerminalScreen } from './terminal-screen.ts';

export interface PseudoTerminalOptions {
  readonly tools: Tools;
  /** The whole environment of the command. */
  readonly env: Readonly<Record<string, string>>;
  readonly rows?: number;
  readonly columns?: number;
}

/** Keys as a terminal sends them. */
export const KEYS = {
  enter: '\r',
  escape: '\u001b',
  interrupt: '\u0003',
  endOfInput: '\u0004',
  backspace: '\u007f',
  up: '\u001b[A',
  down: '\u001b[B',
  pageUp: '\u001b[5~',
  pageDown: '\u001b[6~',
} as const;

const PATIENCE_MS = 30_000;

/** A command in a real pseudo-terminal, and the person who looks at it and types. */
export class PseudoTerminal {
  readonly screen: TerminalScreen;
  /** The exit code of the command, when it has ended. */
  readonly ended: Promise<number>;
  /** All that was written to the terminal, as it came. */
  output = '';
  readonly #child: ChildProcess;
  #changed = Promise.withResolvers<void>();
  #hasEnded = false;

  private constructor(child: ChildProcess, screen: TerminalScreen) {
    this.#child = child;
    this.screen = screen;
    const decoder = new TextDecoder();
    child.stdout?.on('data', (chunk: Buffer) => {
      const text = decoder.decode(chunk, { stream: true });
      this.output += text;
      screen.write(text);
      this.#wake();
    });
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.ended = promise;
    // A test may end before it looks at how the command did.
    promise.catch(() => undefined);
    child.once('error', reject);
    child.once('close', (exitCode, signal) => {
      this.#hasEnded = true;
      this.#wake();
      if (exitCode === null) reject(new Error(`the pseudo-terminal was ended by ${signal}`));
      else resolve(exitCode);
    });
  }

  static start(command: string, args: readonly string[], options: PseudoTerminalOptions): PseudoTerminal {
    const { tools, env, rows = 24, columns = 80 } = options;
    const child = spawn(tools.path('pty'), [String(rows), String(columns), command, ...args], {
      env: { TERM: 'xterm-256color', LANG: 'C.UTF-8', ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    return new PseudoTerminal(child, new TerminalScreen(rows, columns));
  }

  /** Presses keys; they are sent one after another, as they stand. */
  type(...keys: readonly string[]): void {
    this.#child.stdin?.write(keys.join(''));
  }

  /** Waits until the screen shows it; fails with the screen when the command ends before, or takes too long. */
  async shows(what: string | RegExp): Promise<void> {
    await this.until(`it shows ${what}`, () =>
      typeof what === 'string' ? this.screen.text.includes(what) : what.test(this.screen.text),
    );
  }

  /** Waits until something is true of the screen. */
  async until(what: string, isTrue: () => boolean): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    while (!isTrue()) {
      if (this.#hasEnded || Date.now() > deadline) {
        throw new Error(`waited in vain until ${what}; the screen is:\n${this.screen.text}`);
      }
      const timer = setTimeout(() => this.#wake(), PATIENCE_MS);
      await this.#changed.promise;
      clearTimeout(timer);
    }
  }

  /** Hangs up, as closing the window does; the command is sent SIGHUP. */
  stop(): void {
    if (!this.#hasEnded) this.#child.kill('SIGTERM');
  }

  #wake(): void {
    const { resolve } = this.#changed;
    this.#changed = Promise.withResolvers<void>();
    resolve();
  }
}
