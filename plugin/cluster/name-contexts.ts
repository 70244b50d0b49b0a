import { CONTEXT_NAMES } from '../../api/context-names.ts';
import { type Problem, RecoverError } from '../../api/recover-error.ts';
import { Refusal } from '../refusal.ts';
import { shellWord } from './shell-word.ts';

/** The contexts that are known; what is not stays as the catalogue wrote it. */
export type KnownContexts = Partial<Readonly<Record<keyof typeof CONTEXT_NAMES, string>>>;

/** Puts names of contexts into the commands that would mend something. */
export const nameContexts = <Told extends Pick<Problem, 'mend'>>(told: Told, known: KnownContexts): Told => {
  if (told.mend === undefined) return told;
  const mend = told.mend.replaceAll(/(--(?:from-)?context) (SOURCE|HERE)\b/g, (asTold, flag: string, name: string) => {
    const context = name === CONTEXT_NAMES.source ? known.source : known.here;
    return context === undefined ? asTold : `${flag} ${shellWord(context)}`;
  });
  return { ...told, mend };
};

/** An error whose commands name the context of the source; any other as it is. */
export const nameSource = (error: unknown, source: string): unknown => {
  const named = <Told extends Pick<Problem, 'mend'>>(told: Told): Told => nameContexts(told, { source });
  if (error instanceof Refusal) {
    const [first, ...others] = error.failedChecks;
    return new Refusal(error.message, [named(first), ...others.map(named)]);
  }
  if (!(error instanceof RecoverError)) return error;
  const { code, message, mend = '' } = error;
  const told = named({ code, message, mend });
  return told.mend === mend ? error : new RecoverError(told, { cause: error });
};
