import type { Stored } from '../../api/kinds/object-meta.ts';
import { MAX_FAILURE_LENGTH, MAX_FAILURES } from '../../api/kinds/recovery.ts';
import type { Restore } from '../../api/velero/velero-types.ts';
import { unzippedJson } from '../cluster/unzipped-json.ts';
import { type DownloadSource, downloadFromVelero } from '../cluster/velero-download.ts';
import { veleroErrors } from '../cluster/velero-results.ts';

/** The results of a restore of thousands of objects are some hundred KiB; more than this is not read. */
const MAX_BYTES = 8 * 1024 * 1024;

/** Whoever recovers waits for it. */
const PATIENCE_MS = 10_000;

/** What an API server says of a Secret may quote it. */
const SECRET = /\bsecrets?[./ ]+"?[\w./-]+"?/i;

const told = (message: string): string => {
  const secret = SECRET.exec(message);
  const named = secret && message.slice(0, secret.index + secret[0].length);
  return (named === null ? message : `${named}: not told, since it is of a Secret`).slice(0, MAX_FAILURE_LENGTH);
};

/**
 * What Velero failed on, fetched from its results: those of namespaces first, then those that name none. A
 * Restore of ours holds nothing of others.
 * @throws whatever kept Velero, or the object store, from handing it out
 */
export const restoreFailures = async (
  source: DownloadSource,
  { metadata }: Pick<Stored<Restore>, 'metadata'>,
): Promise<readonly string[]> => {
  const { namespace = '', name } = metadata;
  const target = { kind: 'RestoreResults', namespace, name, patienceMs: PATIENCE_MS } as const;
  const results = await downloadFromVelero(source, target, body => unzippedJson(body, MAX_BYTES));
  const { byNamespace, unattributed } = veleroErrors(results);
  const ofNamespaces = [...byNamespace].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, messages]) => messages);
  return [...ofNamespaces, ...unattributed].slice(0, MAX_FAILURES).map(told);
};
