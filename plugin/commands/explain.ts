import { CODES, isCode } from '../../api/codes.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { CODE_ADVICE } from '../code-advice.ts';
import { EXIT, exitCodeOf } from '../exit-codes.ts';
import { isStructured, structured } from '../render/output.ts';
import type { CommandContext } from './command-context.ts';

/** `kubectl recover explain [CODE]`: what a code of a refusal or failure means. */
export const explain = async (code: string | undefined, { io, output }: CommandContext): Promise<number> => {
  if (code === undefined) {
    const all = Object.entries(CODES);
    if (isStructured(output)) io.stdout.write(structured(CODES, output));
    else io.stdout.write(all.map(([name, text]) => `${name.padEnd(28)}${text}\n`).join(''));
    return EXIT.success;
  }
  if (!isCode(code)) {
    throw new RecoverError({
      code: 'NotFound',
      message: `there is no code "${code}"`,
      mend: 'list them with: kubectl recover explain',
    });
  }
  const exitCode = exitCodeOf(code);
  const { mend, who } = CODE_ADVICE[code];
  if (isStructured(output)) io.stdout.write(structured({ code, text: CODES[code], mend, who, exitCode }, output));
  else io.stdout.write(`${code}: ${CODES[code]}\ndo: ${mend}\nby: ${who}\nexit code ${exitCode}\n`);
  return EXIT.success;
};
