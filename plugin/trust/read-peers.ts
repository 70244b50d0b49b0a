import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { clusterIdentitySpecSchema } from '../../api/kinds/cluster-identity.ts';
import { GROUP_VERSION, SELF_IDENTITY } from '../../api/names.ts';
import { parserOf } from '../../api/parse.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { object, oneOf, text } from '../../api/schema.ts';
import type { Peer } from './peer-of.ts';

const parseIdentity = parserOf(
  object({
    apiVersion: oneOf([GROUP_VERSION]),
    kind: oneOf(['ClusterIdentity']),
    metadata: object({ name: text() }),
    spec: clusterIdentitySpecSchema,
  }),
  'a ClusterIdentity of the file',
  'UsageError',
);

const unreadable = (file: string, why: string, cause?: unknown): RecoverError =>
  new RecoverError(
    {
      code: 'UsageError',
      message: `"${file}" cannot be used: ${why}`,
      mend: 'it is to hold what kubectl recover cluster export prints',
    },
    { cause },
  );

/** Objects of a file, and those of a List in it. */
const objectsIn = (file: string): unknown[] => {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (cause) {
    throw unreadable(file, cause instanceof Error ? cause.message : String(cause), cause);
  }
  return parseAllDocuments(content).flatMap(document => {
    const [error] = document.errors;
    if (error !== undefined) throw unreadable(file, error.message.split('\n', 1)[0] ?? 'no YAML', error);
    const value: unknown = document.toJS();
    if (value === null || value === undefined) return [];
    const items: unknown = typeof value === 'object' && 'items' in value ? value.items : undefined;
    return Array.isArray(items) ? (items as unknown[]) : [value];
  });
};

/** The peers in a file of ClusterIdentities. @throws RecoverError `UsageError` for a file that holds anything else */
export const readPeers = (file: string): Peer[] => {
  const peers = objectsIn(file).map(each => {
    const { apiVersion, kind, metadata, spec } = parseIdentity(each);
    const { clusterID, keys } = spec;
    if (metadata.name === SELF_IDENTITY || clusterID === undefined || keys === undefined) {
      throw unreadable(file, `ClusterIdentity "${metadata.name}" is none of a peer, with clusterID and keys`);
    }
    return { apiVersion, kind, metadata: { name: metadata.name }, spec: { ...spec, clusterID } };
  });
  if (peers.length === 0) throw unreadable(file, 'it holds no ClusterIdentity');
  return peers;
};
