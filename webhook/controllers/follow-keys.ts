import { digestOf } from '../../api/digest.ts';
import type { ClusterIdentity, Successor } from '../../api/kinds/cluster-identity.ts';
import type { Stored } from '../../api/kinds/object-meta.ts';
import { isAlreadyExists } from '../../api/kubernetes/api-error.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { GROUP_VERSION, SELF_IDENTITY } from '../../api/names.ts';
import type { ClusterCaches } from '../cluster/cluster-caches.ts';
import { clusterOfStatement, judgeSuccession } from '../keys/follow-succession.ts';
import type { Logger } from '../observability/logger.ts';
import type { Metrics } from '../observability/metrics.ts';
import { writeEvent } from '../observability/write-event.ts';
import type { BackupView } from '../state/views.ts';
import type { ReconcileResult } from './controller.ts';

export interface FollowKeysOptions {
  readonly client: KubeClient;
  readonly caches: Pick<ClusterCaches, 'backups' | 'identities'>;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly clock: () => number;
}

/** Two uses with eight successions each, and room. */
const MAX_LENGTH = 24 * 1024;
/** As many as a ClusterIdentity holds. */
const MAX_SUCCESSORS = 64;
/** Of so many statements that count for nothing it is known that they were counted. */
const MEMORY = 10_000;

/** Events of objects without a namespace lie here, as kubectl expects. */
const EVENTS_NAMESPACE = 'default';

/**
 * Follows the rotation of a peer's keys by what its backups carry beside their stamps, so that a source that has died
 * since is still believed. What was seen is kept in the status of its ClusterIdentity: the spec is the operator's.
 */
export class FollowKeys {
  readonly #options: FollowKeysOptions;
  /** Annotations that have been read since an identity changed last: most backups carry the same. */
  readonly #read = new Set<string>();
  readonly #ignored = new Set<string>();

  constructor(options: FollowKeysOptions) {
    this.#options = options;
  }

  /** What is known of a peer has changed: what was read before may say something now. */
  identitiesChanged(): void {
    this.#read.clear();
  }

  wants({ keySuccession }: BackupView): boolean {
    return keySuccession !== undefined && !this.#read.has(keySuccession);
  }

  reconcile = async (key: string): Promise<ReconcileResult> => {
    const backup = this.#options.caches.backups.get(key);
    if (backup?.keySuccession === undefined || !this.wants(backup)) return {};
    const text = backup.keySuccession;
    const statements = text.length > MAX_LENGTH ? [] : text.split(' ');
    if (text.length > MAX_LENGTH) this.#count(text, `it has ${text.length} characters`, backup);
    for (const [clusterId, own] of Map.groupBy(statements, clusterOfStatement)) {
      const peer = clusterId === undefined ? undefined : this.#peer(clusterId);
      if (peer !== undefined) await this.#follow(peer, own, backup);
    }
    this.#read.add(text);
    return {};
  };

  #peer(clusterId: string): Stored<ClusterIdentity> | undefined {
    for (const identity of this.#options.caches.identities.values()) {
      if (identity.metadata.name !== SELF_IDENTITY && identity.spec.clusterID === clusterId) return identity;
    }
    return undefined;
  }

  async #follow(peer: Stored<ClusterIdentity>, statements: readonly string[], backup: BackupView): Promise<void> {
    const { client, clock } = this.#options;
    const seen: Successor[] = [];
    let known = peer;
    // Oldest first, so each of a chain is announced by one that is known by then.
    for (const statement of statements) {
      const succession = await judgeSuccession(statement, known, new Date(clock()));
      if (succession.kind === 'ignored') this.#count(statement, succession.because, backup);
      if (succession.kind !== 'announced') continue;
      const successors = [...(known.status?.successors ?? []), succession.successor];
      if (successors.length > MAX_SUCCESSORS) {
        this.#count(statement, 'no more are kept; an operator has the peer trusted anew', backup);
        continue;
      }
      seen.push(succession.successor);
      known = { ...known, status: { ...known.status, successors } };
    }
    if (seen.length === 0) return;
    // Against the version it was judged by: of two replicas one writes, and tells.
    await client.replace(OWN.clusterIdentities, known, { subresource: 'status' });
    for (const successor of seen) await this.#tell(peer, successor, backup);
  }

  #count(statement: string, because: string, { name }: BackupView): void {
    const digest = digestOf(statement);
    if (this.#ignored.has(digest) || this.#ignored.size >= MEMORY) return;
    this.#ignored.add(digest);
    this.#options.metrics.successions.inc({ outcome: 'ignored' });
    this.#options.log.warn({ backup: name, because }, 'a succession statement counts for nothing');
  }

  async #tell(peer: Stored<ClusterIdentity>, { kid, use, predecessor }: Successor, backup: BackupView): Promise<void> {
    const { client, log, metrics, clock } = this.#options;
    const { name, uid } = peer.metadata;
    const isPinned = peer.spec.succession === 'Pin';
    const reason = isPinned ? 'KeySuccessionPinned' : 'KeySuccessionAccepted';
    metrics.successions.inc({ outcome: isPinned ? 'pinned' : 'accepted' });
    log.warn({ peer: name, use, kid, predecessor, backup: backup.name }, reason);
    const what = `key ${predecessor} announces ${use.toLowerCase()} key ${kid}, beside the stamp of backup "${backup.name}"`;
    try {
      await writeEvent(client, {
        name: `${name}.${digestOf({ event: reason, uid, kid }).slice(-16)}`,
        about: {
          apiVersion: GROUP_VERSION,
          kind: 'ClusterIdentity',
          metadata: { name, uid, namespace: EVENTS_NAMESPACE },
        },
        reason,
        message: isPinned
          ? `${what}; it does not count, since spec.succession is Pin: trust it with kubectl recover cluster trust`
          : `${what}; it counts from now on`,
        type: isPinned ? 'Warning' : 'Normal',
        now: new Date(clock()),
      });
    } catch (error) {
      // The status says it all; an Event of that name was told already.
      if (!isAlreadyExists(error)) log.warn({ err: error }, 'an Event could not be written');
    }
  }
}
