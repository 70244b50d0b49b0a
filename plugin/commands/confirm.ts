import { RecoverError } from '../../api/recover-error.ts';
import type { CommandContext } from './command-context.ts';

export const notConfirmed = (): RecoverError =>
  new RecoverError({
    code: 'Interrupted',
    message: 'not confirmed; nothing was changed',
    mend: 'run the command again and answer y, or add --yes',
  });

/** Asks the person at the terminal, unless they said yes beforehand. @throws RecoverError `UsageError`, `Interrupted` */
export const confirm = async (question: string, yes: boolean, { io }: CommandContext): Promise<void> => {
  if (yes) return;
  if (!io.stdinIsTTY || !io.stderr.isTTY) {
    throw new RecoverError({ code: 'UsageError', message: 'nobody is there to confirm it', mend: 'add --yes' });
  }
  if (/^y(es)?$/i.test((await io.question(question)).trim())) return;
  throw notConfirmed();
};
