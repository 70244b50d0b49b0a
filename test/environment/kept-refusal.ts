import { join } from 'node:path';
import { expect } from 'vitest';
import type { TestUser } from './recovery-environment.ts';
import { shown } from './shown.ts';

const GOLDEN = join(import.meta.dirname, '..', 'e2e', 'golden');

/**
 * Runs commands as somebody who gets no further, and compares all that they see with a golden file of this folder, which
 * is written with `-u`.
 */
export const keptRefusals =
  (folder: string) =>
  async (
    who: Pick<TestUser, 'recover'>,
    golden: string,
    exitCode: number,
    ...args: readonly string[]
  ): Promise<void> => {
    const result = await who.recover(...args);
    await expect(shown(args.join(' '), result)).toMatchFileSnapshot(join(GOLDEN, folder, `${golden}.txt`));
    expect(result.exitCode).toBe(exitCode);
  };
