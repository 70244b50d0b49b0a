import type { Problem } from '../../api/recover-error.ts';
import { RecoverError } from '../../api/recover-error.ts';

/** Code, message and mend of what was refused. Any other error is thrown on; so is success. */
export const problemOf = async (attempt: () => unknown): Promise<Problem> => {
  try {
    await attempt();
  } catch (error) {
    if (!(error instanceof RecoverError)) throw error;
    const { code, message, mend } = error;
    return { code, message, ...(mend === undefined ? {} : { mend }) };
  }
  throw new Error('it was not refused');
};
