import { describe, expect, test } from 'vitest';
import { readOptions } from './options.ts';

describe('options of the demo', () => {
  test.each([
    [[], { kind: 'run', keep: false }],
    [['--keep'], { kind: 'run', keep: true }],
    [['--help'], { kind: 'help' }],
    [['--keep', '-h'], { kind: 'help' }],
  ])('%j', (args, expected) => {
    expect(readOptions(args)).toEqual(expected);
  });

  test.each([['--kep'], ['--keep=yes'], ['shop']])('%j is refused by name', arg => {
    const options = readOptions([arg]);
    expect(options).toEqual({ kind: 'wrong', message: expect.stringContaining(arg.split('=')[0] ?? arg) });
  });
});
