import { CODES, isCode } from '../../api/codes.ts';
import { nearestName } from '../../api/nearest-name.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { CODE_ADVICE } from '../code-advice.ts';
import { EXIT, exitCodeOf } from '../exit-codes.ts';
import { columnsOf, hungLines } from '../render/hung-lines.ts';
import { isStructured, structured } from '../render/output.ts';
import type { CommandContext } from './command-context.ts';

const textOf = (lines: readonly string[]): string => lines.map(line => `${line}\n`).join('');

/** `kubectl recover explain [CODE]`: what a code of a refusal or failure means. */
export const explain = async (code: string | undefined, { io, output }: CommandContext): Promise<number> => {
  const columns = columnsOf(io.stdout);
  if (code === undefined) {
    const all = Object.entries(CODES);
    if (isStructured(output)) io.stdout.write(structured(CODES, output));
    else io.stdout.write(textOf(all.flatMap(([name, text]) => hungLines(name.padEnd(28), text, columns))));
    return EXIT.success;
  }
  if (!isCode(code)) {
    const near = nearestName(code, Object.keys(CODES));
    throw new RecoverError({
      code: 'NotFound',
      message: `there is no code "${code}"${near === undefined ? '' : `; did you mean "${near}"?`}`,
      mend: 'list them with: kubectl recover explain',
    });
  }
  const exitCode = exitCodeOf(code);
  const { mend, who } = CODE_ADVICE[code];
  if (isStructured(output)) io.stdout.write(structured({ code, text: CODES[code], mend, who, exitCode }, output));
  else {
    const facts: readonly (readonly [string, string])[] = [
      [`${code}: `, CODES[code]],
      ['do: ', mend],
      ['by: ', who],
      ['', `exit code ${exitCode}`],
    ];
    io.stdout.write(textOf(facts.flatMap(([lead, text]) => hungLines(lead, text, columns))));
  }
  return EXIT.success;
};
