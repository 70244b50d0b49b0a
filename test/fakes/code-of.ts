import type { Code } from '../../api/codes.ts';
import { RecoverError } from '../../api/recover-error.ts';

/** The code that something was refused with, or `none` if it was not. Any other error is thrown on. */
export const codeOf = async (attempt: () => unknown): Promise<Code | 'none'> => {
  try {
    await attempt();
    return 'none';
  } catch (error) {
    if (error instanceof RecoverError) return error.code;
    throw error;
  }
};
