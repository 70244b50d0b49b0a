import type { Code } from '../../api/codes.ts';
import { RecoverError } from '../../api/recover-error.ts';
import type { ClusterAccess } from '../cluster/connect.ts';
import { shellWord } from '../cluster/shell-word.ts';
import { sourceGone } from './source-gone.ts';

/** A cluster, or the catalogue in it, that gives no answer. */
const SILENT: ReadonlySet<Code> = new Set(['ClusterUnreachable', 'CatalogueMissing']);

export const isSilent = (error: unknown): error is RecoverError =>
  error instanceof RecoverError && SILENT.has(error.code);

const withStep = (error: RecoverError, step: string, message = error.message): RecoverError =>
  new RecoverError(
    { code: error.code, message, mend: error.mend === undefined ? step : `${error.mend}; ${step}` },
    { cause: error },
  );

export interface Ends {
  readonly group: string;
  readonly source: ClusterAccess;
  readonly destination: ClusterAccess;
}

/** The error with what can be done although the source is silent. Nothing of it is done by itself. */
export const withoutSource = (error: unknown, { group, source, destination }: Ends): unknown => {
  if (!isSilent(error)) return error;
  if (source === destination) {
    const step = `if the cluster is gone, recover in another one that trusts it: kubectl recover ${group} --context OTHER`;
    return withStep(error, step);
  }
  return sourceGone(error, group, destination);
};

/** The error with what can be done although the destination is silent, while the source answers. */
export const withoutDestination = (error: unknown, { group, source, destination }: Ends): unknown => {
  if (!isSilent(error)) return error;
  const prepare = `kubectl recover prepare ${group} --from-context ${shellWord(source.context)} --context ${shellWord(destination.context)} -o FILE`;
  return withStep(error, `to sign it now and register it when "${destination.context}" is back: ${prepare}`);
};

/** Both are silent: then it is the network of this machine more often than two clusters. */
export const withoutBoth = (error: RecoverError, other: RecoverError): RecoverError => {
  const message = `${error.message}; and ${other.message}`;
  return withStep(error, 'both are silent: look at the network of this machine first', message);
};
