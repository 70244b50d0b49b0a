import { describe, expect, test } from 'vitest';
import { CODES } from '../../api/codes.ts';
import { FakeTerminal } from '../../test/fakes/fake-terminal.ts';
import { run } from '../run.ts';
import { CODE_ADVICE } from './code-advice.ts';

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
