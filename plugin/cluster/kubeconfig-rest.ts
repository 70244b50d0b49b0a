import { dirname, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import type { Impersonation } from './impersonation.ts';

/** What kubectl takes from a user of a kubeconfig and client-node does not. */
export interface UserRest {
  readonly name: string;
  readonly impersonation: Impersonation;
  /** Absolute. */
  readonly tokenFile: string | undefined;
}

/** What kubectl takes from a cluster of a kubeconfig and client-node does not. */
export interface ClusterRest {
  readonly name: string;
  /** For login programs. */
  readonly execConfig: unknown;
}

export interface KubeconfigRest {
  readonly clusters: readonly ClusterRest[];
  readonly users: readonly UserRest[];
}

const EXEC_EXTENSION = 'client.authentication.k8s.io/exec';

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const text = (value: unknown): string | undefined =>
  value === undefined || value === null || value === '' ? undefined : String(value);

const texts = (value: unknown): readonly string[] | undefined => {
  const found = list(value).map(String);
  return found.length === 0 ? undefined : found;
};

const userRest = (entry: unknown, folder: string): UserRest => {
  const { name, user } = record(entry);
  const fields = record(user);
  const extra = Object.entries(record(fields['as-user-extra'])).map(
    ([key, values]) => [key, list(values).map(String)] as const,
  );
  const tokenFile = text(fields['tokenFile']);
  return {
    name: String(name),
    impersonation: {
      user: text(fields['as']),
      groups: texts(fields['as-groups']),
      uid: text(fields['as-uid']),
      extra: extra.length === 0 ? undefined : Object.fromEntries(extra),
    },
    tokenFile: tokenFile === undefined ? undefined : resolve(folder, tokenFile),
  };
};

const clusterRest = (entry: unknown): ClusterRest => {
  const { name, cluster } = record(entry);
  const extension = list(record(cluster)['extensions'])
    .map(record)
    .find(each => each['name'] === EXEC_EXTENSION);
  return { name: String(name), execConfig: extension?.['extension'] };
};

/** Reads a kubeconfig that client-node has read without complaint. */
export const restOf = (content: string, path: string): KubeconfigRest => {
  const document = parseDocument(content, { version: '1.1', strict: false, uniqueKeys: false, logLevel: 'silent' });
  const { clusters, users } = record(document.toJS());
  return {
    clusters: list(clusters).map(clusterRest),
    users: list(users).map(user => userRest(user, dirname(path))),
  };
};
