import { describe, expect, test } from 'vitest';
import { CODES } from '../api/codes.ts';
import { FakeTerminal } from '../test/fakes/fake-terminal.ts';
import { CODE_ADVICE, mendOf } from './code-advice.ts';
import { run } from './run.ts';

const COMMAND = /\b(?:kubectl|velero) [a-z]|--[a-z]/;

describe.each(Object.entries(CODE_ADVICE))('%s', (code, { mend, who }) => {
  test('is told to be mended by a command, or by a flag', () => {
    expect(mend).toMatch(COMMAND);
  });

  test('is explained with what it means, what mends it and who may do that', async () => {
    const terminal = new FakeTerminal();
    expect(await run(['explain', code, '-o', 'json'], terminal)).toBe(0);
    expect(JSON.parse(terminal.data)).toMatchObject({ code, text: CODES[code as keyof typeof CODES], mend, who });
  });
});

describe('what would mend a failure', () => {
  test('is what it says itself', () => {
    expect(mendOf({ code: 'TokenUsed', message: 'used', mend: 'take another' })).toBe('take another');
  });

  test('is otherwise what mends its code, and names who may do that if it is somebody else', () => {
    expect(mendOf({ code: 'TokenUsed', message: 'used' })).toBe('start another recovery: kubectl recover GROUP');
    expect(mendOf({ code: 'CheckFailed', message: 'no' })).toBe(
      'as an operator, see what has to be mended: kubectl recover check',
    );
  });

  test('is not said twice', () => {
    expect(mendOf({ code: 'CheckFailed', message: 'no; run kubectl recover check' })).toBeUndefined();
  });
});
