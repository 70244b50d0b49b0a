import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';

export interface KubeconfigEntry {
  /** Name of the context; its cluster is `NAME-cluster`, its user `NAME-user`. */
  readonly name: string;
  readonly server?: string;
  readonly namespace?: string;
  /** Fields of the cluster and of the user, as they stand in the file. */
  readonly cluster?: Readonly<Record<string, unknown>>;
  readonly user?: Readonly<Record<string, unknown>>;
}

/** A kubeconfig as kubectl writes it; the first entry's context is the current one unless told. */
export const kubeconfigText = (entries: readonly KubeconfigEntry[], currentContext = entries[0]?.name): string =>
  stringify({
    apiVersion: 'v1',
    kind: 'Config',
    ...(currentContext === undefined ? {} : { 'current-context': currentContext }),
    clusters: entries.map(({ name, server = `https://${name}.invalid`, cluster }) => ({
      name: `${name}-cluster`,
      cluster: { server, ...cluster },
    })),
    users: entries.map(({ name, user }) => ({ name: `${name}-user`, user: { token: `token-of-${name}`, ...user } })),
    contexts: entries.map(({ name, namespace }) => ({
      name,
      context: { cluster: `${name}-cluster`, user: `${name}-user`, ...(namespace === undefined ? {} : { namespace }) },
    })),
  });

/** A folder on disk for the kubeconfigs of one test. */
export class KubeconfigFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'recover-kubeconfig-'));

  /** Path of a file in it, there or not. */
  pathOf(name: string): string {
    return join(this.path, name);
  }

  /** Writes a file and returns its path. */
  write(name: string, content: string | readonly KubeconfigEntry[]): string {
    const path = this.pathOf(name);
    writeFileSync(path, typeof content === 'string' ? content : kubeconfigText(content));
    return path;
  }

  remove(): void {
    rmSync(this.path, { recursive: true });
  }
}
