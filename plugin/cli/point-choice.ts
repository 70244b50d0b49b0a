import { RecoverError } from '../../api/recover-error.ts';
import type { PointChoice } from '../recovery/choose-point.ts';
import { parseTime } from '../recovery/parse-time.ts';

export interface PointFlags {
  readonly point: string | undefined;
  readonly latest: boolean;
  readonly at: string | undefined;
}

/**
 * How the point is to be chosen, by at most one of three flags.
 * @throws RecoverError `UsageError`
 */
export const pointChoice = ({ point, latest, at }: PointFlags, now: Date): PointChoice => {
  const given = [
    ...(point === undefined ? [] : ['--point']),
    ...(latest ? ['--latest'] : []),
    ...(at === undefined ? [] : ['--at']),
  ];
  if (given.length > 1) {
    throw new RecoverError({
      code: 'UsageError',
      message: `${given.join(' and ')} exclude each other`,
      mend: 'give one of them',
    });
  }
  if (point !== undefined) return { kind: 'named', backup: point };
  if (at !== undefined) return { kind: 'at', time: parseTime(at, now), asTyped: at };
  return latest ? { kind: 'latest' } : { kind: 'ask' };
};
