import type { Code } from '../../api/codes.ts';
import { RecoverError } from '../../api/recover-error.ts';
import type { ClusterAccess } from '../cluster/connect.ts';
import { shellWord } from '../cluster/shell-word.ts';

const SILENT: ReadonlySet<Code> = new Set(['ClusterUnreachable', 'CatalogueMissing']);

/**
 * What else can be done where the source does not answer: it may be what was lost, and then there is nothing to mend
 * about the connection. The destination says what it needs, if it does not take the source for lost.
 */
export const sourceGone = (error: unknown, group: string, { context }: ClusterAccess): unknown => {
  if (!(error instanceof RecoverError) || !SILENT.has(error.code)) return error;
  const { code, message, mend } = error;
  const instead = `if it is gone for good, recover without its word: kubectl recover ${group} --context ${shellWord(context)}`;
  return new RecoverError(
    { code, message, mend: [...(mend === undefined ? [] : [mend]), instead].join('; ') },
    { cause: error },
  );
};
