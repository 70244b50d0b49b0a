import { RecoverError } from '../../api/recover-error.ts';
import type { Io } from '../io.ts';

const FIRST_MS = 25;
const FACTOR = 1.5;
const LAST_MS = 2_000;

export interface PollOptions {
  /** Absent: for ever. */
  readonly timeoutMs?: number;
  /** Before so long nothing can be there; absent: it is asked at once. */
  readonly quietMs?: number;
  readonly onTimeout: () => RecoverError;
}

/**
 * Asks again and again until there is an answer: owners may not watch the requests namespace, since others' requests
 * are in it too.
 */
export const poll = async <Answer>(
  io: Pick<Io, 'clock' | 'sleep' | 'interrupted'>,
  ask: () => Promise<Answer | undefined>,
  options: PollOptions,
): Promise<Answer> => {
  const deadline = options.timeoutMs === undefined ? Number.POSITIVE_INFINITY : io.clock() + options.timeoutMs;
  if (options.quietMs !== undefined) await io.sleep(options.quietMs);
  for (let pauseMs = FIRST_MS; ; pauseMs = Math.min(pauseMs * FACTOR, LAST_MS)) {
    if (io.interrupted.aborted) {
      throw new RecoverError({
        code: 'Interrupted',
        message: 'interrupted',
        mend: 'run the command again: what it did already is not done twice',
      });
    }
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (io.clock() >= deadline) throw options.onTimeout();
    await io.sleep(Math.min(pauseMs, Math.max(0, deadline - io.clock())));
  }
};
