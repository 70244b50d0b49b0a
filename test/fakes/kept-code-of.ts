import { join } from 'node:path';
import { expect } from 'vitest';
import type { Code } from '../../api/codes.ts';
import { codeOf } from './code-of.ts';
import { shownAnswer } from './shown-refusal.ts';

/** The last part of the title of the test that runs, as the name of a file. */
const fileOfTest = (): string => {
  const title = expect.getState().currentTestName?.split(' > ').at(-1) ?? '';
  return `${title.replaceAll(/[^A-Za-z0-9]+/g, '-').slice(0, 100)}.txt`;
};

/** The code that a question was refused with; what people are told is kept, under the title of the test. */
export const keptCodeOf = async (way: string, attempt: () => unknown): Promise<Code | 'none'> => {
  let refusal: unknown;
  const code = await codeOf(async () => {
    try {
      await attempt();
    } catch (error) {
      refusal = error;
      throw error;
    }
  });
  const file = join(import.meta.dirname, '..', 'golden', 'refusals', way, fileOfTest());
  if (code !== 'none') await expect(shownAnswer(refusal)).toMatchFileSnapshot(file);
  return code;
};
