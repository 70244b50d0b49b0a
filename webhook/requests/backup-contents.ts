import type { Readable } from 'node:stream';
import Type from 'typebox';
import type { PlannedObject } from '../../api/kinds/access-request.ts';
import { parserOf } from '../../api/parse.ts';
import { tarFiles } from '../cluster/tar-files.ts';
import { unzippedJson } from '../cluster/unzipped-json.ts';
import { type DownloadSource, downloadFromVelero } from '../cluster/velero-download.ts';
import type { BackupView } from '../state/views.ts';
import { type ContentObject, detailsOf, type ObjectDetails, scaledBy, selectsPods } from './object-details.ts';

/** An object of a Backup, and what its content says where that was read. */
export type BackedUpObject = Pick<PlannedObject, 'type' | 'namespace' | 'name'> & Partial<ObjectDetails>;

export interface BackupContent {
  readonly objects: readonly BackedUpObject[];
  /** False where the contents are too large to be read for a plan: then only names are known. */
  readonly contentsRead: boolean;
}

/** Names of a cluster with a hundred thousand objects are some MiB. */
const MAX_LIST_BYTES = 64 * 1024 * 1024;
/** Contents beyond this are not read: it would take longer than a person waits. */
const MAX_CONTENTS_BYTES = 256 * 1024 * 1024;
/** etcd takes objects of 1.5 MiB at most, unless it was told otherwise. */
const MAX_OBJECT_BYTES = 8 * 1024 * 1024;
const PATIENCE_MS = 20_000;
/** What is known of a Backup does not change; but memory is bounded. */
const MOST_KEPT = 16;

/** `BackupResourceList` (pkg/backup/request.go): names, or namespace/name, by `apiVersion/Kind`. */
const parseList = parserOf(
  Type.Unsafe<Record<string, string[]>>({
    type: 'object',
    additionalProperties: { type: 'array', items: { type: 'string' } },
  }),
  'the resource list of a backup',
  'PlanUnavailable',
);

const keyOf = ({ type, namespace, name }: Pick<BackedUpObject, 'type' | 'namespace' | 'name'>): string =>
  `${type} ${namespace}/${name}`;

const listed = (list: Readonly<Record<string, readonly string[]>>, namespaces: ReadonlySet<string>) =>
  Object.entries(list).flatMap(([type, entries]) =>
    entries.flatMap(entry => {
      const [namespace = '', name, ...rest] = entry.split('/');
      return name !== undefined && rest.length === 0 && namespaces.has(namespace) ? [{ type, namespace, name }] : [];
    }),
  );

/** `resources/RESOURCE/namespaces/NAMESPACE/NAME.json`; other folders hold the same in other versions (pkg/archive). */
const CONTENT_PATH = /^resources\/[^/]+\/namespaces\/([^/]+)\/[^/]+\.json$/;

const readContents = async (
  body: Readable,
  namespaces: ReadonlySet<string>,
): Promise<ReadonlyMap<string, ObjectDetails>> => {
  const details = new Map<string, ObjectDetails>();
  const selecting: Pick<BackedUpObject, 'namespace' | 'name'>[] = [];
  const scaled = new Set<string>();
  const isWanted = (path: string): boolean => namespaces.has(CONTENT_PATH.exec(path)?.[1] ?? '');
  for await (const { path, content } of tarFiles(body, { isWanted, maxFileBytes: MAX_OBJECT_BYTES })) {
    const object = JSON.parse(content.toString('utf8')) as ContentObject;
    const namespace = CONTENT_PATH.exec(path)?.[1] ?? '';
    if (typeof object.metadata?.name !== 'string') continue;
    details.set(
      keyOf({ type: `${object.apiVersion}/${object.kind}`, namespace, name: object.metadata.name }),
      detailsOf(object),
    );
    if (selectsPods(object)) selecting.push({ namespace, name: object.metadata.name });
    const target = scaledBy(object);
    if (target !== undefined) scaled.add(keyOf({ ...target, namespace }));
  }
  // Nothing in Endpoints says it before Kubernetes 1.33, but those of such a Service are its controller's.
  for (const { namespace, name } of selecting) {
    const key = keyOf({ type: 'v1/Endpoints', namespace, name });
    const endpoints = details.get(key);
    if (endpoints !== undefined) details.set(key, { ...endpoints, maker: { type: 'v1/Service', name } });
  }
  for (const [key, { unscaled, ...others }] of details) {
    if (unscaled !== undefined && !scaled.has(key)) details.set(key, others);
  }
  return details;
};

/**
 * What Backups hold of some namespaces, fetched through Velero's DownloadRequests and kept for a while. Nobody but the
 * catalogue may fetch it: the files hold every team's objects. Names of other namespaces, and the contents, go no further.
 */
export class BackupContents {
  readonly #tools: DownloadSource;
  readonly #isCurrent: (backup: BackupView) => boolean;
  readonly #kept = new Map<string, Promise<BackupContent>>();

  /** `isCurrent` tells whether the Backup of that name is still the one that was looked at. */
  constructor(tools: DownloadSource, isCurrent: (backup: BackupView) => boolean) {
    this.#tools = tools;
    this.#isCurrent = isCurrent;
  }

  /** @throws whatever kept Velero, or the object store, from handing it out */
  of(backup: BackupView, namespaces: readonly string[]): Promise<BackupContent> {
    const key = [backup.uid, ...namespaces.toSorted()].join(' ');
    const kept = this.#kept.get(key);
    if (kept !== undefined) return kept;
    const fetched = this.#fetch(backup, new Set(namespaces));
    this.#kept.set(key, fetched);
    // A failure is not kept: the next question tries again.
    fetched.catch(() => this.#kept.delete(key));
    for (const oldest of [...this.#kept.keys()].slice(0, -MOST_KEPT)) this.#kept.delete(oldest);
    return fetched;
  }

  async #fetch(backup: BackupView, namespaces: ReadonlySet<string>): Promise<BackupContent> {
    const { namespace, name } = backup;
    const target = { namespace, name, patienceMs: PATIENCE_MS };
    const [list, details] = await Promise.all([
      downloadFromVelero(this.#tools, { ...target, kind: 'BackupResourceList' }, body =>
        unzippedJson(body, MAX_LIST_BYTES),
      ),
      downloadFromVelero(this.#tools, { ...target, kind: 'BackupContents' }, async (body, length) =>
        length > MAX_CONTENTS_BYTES ? undefined : readContents(body, namespaces),
      ),
    ]);
    // Files are found by the Backup's name alone, and another one may have taken it meanwhile.
    if (!this.#isCurrent(backup)) throw new Error(`backup "${name}" was replaced while it was read`);
    const objects = listed(parseList(list), namespaces).map(object => ({ ...object, ...details?.get(keyOf(object)) }));
    objects.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
    return { objects, contentsRead: details !== undefined };
  }
}
