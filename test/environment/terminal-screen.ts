/**
 * What a person sees of a terminal: text, the cursor and what moves and clears it (ECMA-48: CUU, CUD, CUF, CUB, CHA,
 * CUP, ED, EL). Colours are taken off. Lines that scroll off the top are kept, as in the scrollback of a terminal.
 */
export class TerminalScreen {
  readonly #rows: number;
  readonly #columns: number;
  readonly #lines: string[][] = [[]];
  /** Rows that go on what the row above had no room for. */
  readonly #continued = new Set<number>();
  #top = 0;
  #row = 0;
  #column = 0;
  #pending = '';
  /** Whether the cursor is shown; a program that hides it must show it again. */
  cursorVisible = true;
  /** How often the whole screen was cleared, which takes what the person had on it. */
  cleared = 0;

  constructor(rows: number, columns: number) {
    this.#rows = rows;
    this.#columns = columns;
  }

  /** Everything that was ever shown and not overwritten, from the first line of the scrollback on. */
  get history(): readonly string[] {
    return this.#lines.map(cells => cells.join('').trimEnd());
  }

  /** The lines that fit on the screen. */
  get lines(): readonly string[] {
    return this.history.slice(this.#top);
  }

  get text(): string {
    return this.lines.join('\n');
  }

  /** Everything that was ever shown, with lines that were too long for the screen in one piece. */
  get unwrapped(): string {
    return this.#lines
      .map((cells, row) => `${row === 0 || this.#continued.has(row) ? '' : '\n'}${cells.join('')}`)
      .join('');
  }

  write(output: string): void {
    const text = this.#pending + output;
    // A sequence may be split between two chunks.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
    const cut = /\u001b(\[[0-9;?]*)?$/.exec(text);
    this.#pending = cut?.[0] ?? '';
    const whole = cut === null ? text : text.slice(0, cut.index);
    for (const [, parameters, command, control, character] of whole.matchAll(
      // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
      /\u001b\[([0-9;?]*)([A-Za-z])|([\r\n\b\u0007])|([^\u001b])/gu,
    )) {
      if (command !== undefined) this.#command(command, parameters ?? '');
      else if (control !== undefined) this.#control(control);
      else if (character !== undefined) this.#put(character);
    }
  }

  #line(row: number): string[] {
    while (this.#lines.length <= row) this.#lines.push([]);
    return this.#lines[row] ?? [];
  }

  #down(): void {
    this.#row += 1;
    this.#continued.delete(this.#row);
    this.#line(this.#row);
    this.#top = Math.max(this.#top, this.#row - this.#rows + 1);
  }

  #control(control: string): void {
    if (control === '\r') this.#column = 0;
    else if (control === '\n') this.#down();
    else if (control === '\b') this.#column = Math.max(0, this.#column - 1);
  }

  #put(character: string): void {
    if (this.#column >= this.#columns) {
      this.#column = 0;
      this.#down();
      this.#continued.add(this.#row);
    }
    const line = this.#line(this.#row);
    while (line.length < this.#column) line.push(' ');
    line[this.#column] = character;
    this.#column += 1;
  }

  #command(command: string, parameters: string): void {
    const numbers = parameters.split(';').map(Number);
    const count = Math.max(1, numbers[0] || 1);
    switch (command) {
      case 'A':
        this.#row = Math.max(this.#top, this.#row - count);
        return;
      case 'B':
        this.#row = Math.min(this.#top + this.#rows - 1, this.#row + count);
        return;
      case 'C':
        this.#column = Math.min(this.#columns - 1, this.#column + count);
        return;
      case 'D':
        this.#column = Math.max(0, this.#column - count);
        return;
      case 'G':
        this.#column = count - 1;
        return;
      case 'H':
        this.#row = this.#top + count - 1;
        this.#column = Math.max(1, numbers[1] || 1) - 1;
        return;
      case 'J':
        this.#clearBelow(numbers[0] ?? 0);
        return;
      case 'K':
        if ((numbers[0] ?? 0) === 2) this.#line(this.#row).length = 0;
        else this.#line(this.#row).length = Math.min(this.#line(this.#row).length, this.#column);
        return;
      case 'l':
      case 'h':
        if (parameters === '?25') this.cursorVisible = command === 'h';
        return;
    }
  }

  #clearBelow(mode: number): void {
    if (mode >= 2) {
      this.cleared += 1;
      for (let row = this.#top; row < this.#lines.length; row += 1) this.#line(row).length = 0;
      return;
    }
    this.#line(this.#row).length = Math.min(this.#line(this.#row).length, this.#column);
    this.#lines.length = this.#row + 1;
  }
}
