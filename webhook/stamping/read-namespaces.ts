import type { Readable } from 'node:stream';
import Type from 'typebox';
import { parserOf } from '../../api/parse.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { object, oneOf, text } from '../../api/schema.ts';
import { BrokenArchive, tarFiles } from '../cluster/tar-files.ts';

/** Where Velero lays a Namespace in a backup (pkg/archive/filesystem.go), once more for each version of the API. */
const NAMESPACE_FILE = /^resources\/namespaces\/(?:[^/]+\/)?cluster\/([^/]+)\.json$/;

const parseNamespace = parserOf(
  object({
    apiVersion: oneOf(['v1']),
    kind: oneOf(['Namespace']),
    metadata: object({ name: Type.String(), uid: text({ maxLength: 64 }) }),
  }),
  'a namespace in the content of the backup',
  'StampInvalid',
);

/** An object of the API server is not larger than etcd takes. */
const MAX_FILE_BYTES = 2 * 1024 * 1024;

const broken = (what: string, cause?: unknown): RecoverError =>
  new RecoverError(
    {
      code: 'StampInvalid',
      message: `the content of the backup cannot be read: ${what}`,
      mend: 'look at it with: velero backup describe NAME --details',
    },
    { cause },
  );

const uidOf = (name: string, content: Buffer): string => {
  let parsed: unknown;
  try {
    parsed = JSON.parse(content.toString('utf8'));
  } catch (cause) {
    throw broken(`namespace "${name}" is no JSON`, cause);
  }
  const { metadata } = parseNamespace(parsed);
  if (metadata.name !== name) throw broken(`the file of namespace "${name}" holds another one`);
  return metadata.uid;
};

/**
 * UIDs of the namespaces in the content of a backup (gzipped tar), by name.
 * @throws RecoverError `StampInvalid` for content that is no such thing
 */
export const readNamespaces = async (zipped: Readable): Promise<ReadonlyMap<string, string>> => {
  const uids = new Map<string, string>();
  const isWanted = (path: string): boolean => NAMESPACE_FILE.test(path);
  try {
    for await (const { path, content } of tarFiles(zipped, { isWanted, maxFileBytes: MAX_FILE_BYTES })) {
      const name = NAMESPACE_FILE.exec(path)?.[1] ?? '';
      const uid = uidOf(name, content);
      if ((uids.get(name) ?? uid) !== uid) throw broken(`it holds two namespaces "${name}"`);
      uids.set(name, uid);
    }
  } catch (error) {
    throw error instanceof BrokenArchive ? broken(error.message, error) : error;
  }
  return uids;
};
