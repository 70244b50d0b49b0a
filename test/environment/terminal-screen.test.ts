import { expect, test } from 'vitest';
import { TerminalScreen } from './terminal-screen.ts';

const shown = (output: string, rows = 24, columns = 80) => {
  const screen = new TerminalScreen(rows, columns);
  screen.write(output);
  return screen.lines;
};

test('lines stand below each other', () => {
  expect(shown('one\r\ntwo\r\n')).toEqual(['one', 'two', '']);
});

test('colours are not seen', () => {
  expect(shown('\u001b[32mok\u001b[39m done')).toEqual(['ok done']);
});

test('what is drawn again replaces what was there', () => {
  expect(shown('one\r\ntwo\r\n\u001b[2A\u001b[2Kfirst\r\n\u001b[2Ksecond\r\n')).toEqual(['first', 'second', '']);
});

test('a list that shrinks leaves nothing below it', () => {
  expect(shown('a\r\nb\r\nc\r\n\u001b[3A\u001b[Jx\r\n')).toEqual(['x', '']);
});

test('a long line goes on in the next one', () => {
  expect(shown('abcdef', 24, 4)).toEqual(['abcd', 'ef']);
});

test('it can be read in one piece', () => {
  const screen = new TerminalScreen(24, 4);
  screen.write('abcdef\r\ng');
  expect(screen.unwrapped).toBe('abcdef\ng');
});

test('what scrolls off is out of reach of the cursor, and is kept', () => {
  const screen = new TerminalScreen(2, 80);
  screen.write('a\r\nb\r\nc\u001b[9A\rX');
  expect(screen.lines).toEqual(['X', 'c']);
  expect(screen.history).toEqual(['a', 'X', 'c']);
});

test('a sequence that comes in two parts is one', () => {
  const screen = new TerminalScreen(24, 80);
  screen.write('one\r\u001b[');
  screen.write('2Ktwo');
  expect(screen.text).toBe('two');
});

test('clearing the whole screen and hiding the cursor are noted', () => {
  const screen = new TerminalScreen(24, 80);
  screen.write('one\u001b[2J\u001b[?25l');
  expect([screen.text, screen.cleared, screen.cursorVisible]).toEqual(['', 1, false]);
});
