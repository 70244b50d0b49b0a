import { randomName } from '../../api/digest.ts';
import { type AccessRequest, ANSWERED } from '../../api/kinds/access-request.ts';
import { findCondition } from '../../api/kinds/condition.ts';
import type { Stored } from '../../api/kinds/object-meta.ts';
import { RECOVERY_CONDITIONS, type Recovery } from '../../api/kinds/recovery.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { GROUP_VERSION, REQUESTS_NAMESPACE } from '../../api/names.ts';
import { appGroupToken } from '../../api/tokens/kinds.ts';
import { decodeToken } from '../../api/tokens/verify-token.ts';
import { ephemeralKey, type HeldGrant, recoveryFor } from '../environment/api-user.ts';
import type { Sightings } from './sightings.ts';

/** Somebody who recovers a group of their own. */
export interface Person {
  readonly client: KubeClient;
  /** NAMESPACE/NAME */
  readonly group: string;
}

/** What all recoveries of a run have in common. */
export interface Course {
  readonly backup: string;
  /** ID of the cluster that is source and destination. */
  readonly cluster: string;
  readonly requests: Sightings<AccessRequest>;
  readonly recoveries: Sightings<Recovery>;
}

/** Milliseconds from one moment of a recovery to another. */
export interface Timing {
  /** Create of the AccessRequest sent, until its answer with the grant is seen. */
  readonly accessRequestToGrant: number;
  /** Create of the Recovery sent, until it is answered: all checks have passed. */
  readonly registrationAdmitted: number;
  /** Answer of the registration, until the recovery token is seen in the status. */
  readonly tokenIssued: number;
  /** Recovery token seen, until condition Admitted is seen: create of the Restore, the gate in it, two requests more. */
  readonly tokenToAdmitted: number;
}

export interface TimedRecovery {
  readonly name: string;
  readonly timing: Timing;
}

/** Longer than anything here takes on a loaded machine; what takes longer hangs. */
const LIMIT = { timeoutMs: 30_000 };

const timedGrant = async (
  { client, group }: Person,
  { requests }: Course,
): Promise<{ held: HeldGrant; durationMs: number }> => {
  const key = await ephemeralKey();
  const name = randomName();
  const sentMs = performance.now();
  await client.create(OWN.accessRequests, {
    apiVersion: GROUP_VERSION,
    kind: 'AccessRequest',
    metadata: { name, namespace: REQUESTS_NAMESPACE },
    spec: { group, publicKey: key.publicJwk, wants: { grant: true } },
  });
  const isAnswered = ({ status }: Stored<AccessRequest>) => findCondition(status?.conditions, ANSWERED) !== undefined;
  const { atMs, object } = await requests.first(name, isAnswered, LIMIT);
  requests.forget(name);
  const grant = object.status?.grant;
  if (grant === undefined) throw new Error(`no grant: ${JSON.stringify(object.status?.conditions)}`);
  const { claims } = decodeToken(appGroupToken, grant);
  const held = {
    key,
    grant,
    sub: claims.sub,
    expirySeconds: claims.exp,
    source: claims.cluster.id,
    destinations: claims.destinations ?? [],
  };
  return { held, durationMs: atMs - sentMs };
};

const isAdmitted = ({ status }: Stored<Recovery>): boolean =>
  findCondition(status?.conditions, RECOVERY_CONDITIONS.admitted)?.status === 'True';

/** Whether the recovery has ended, well or not; then its namespaces carry no mark any more. */
export const hasEnded = ({ status }: Stored<Recovery>): boolean => {
  const succeeded = findCondition(status?.conditions, RECOVERY_CONDITIONS.succeeded);
  return succeeded?.status === 'True' || succeeded?.status === 'False';
};

/** One recovery as the plugin does it, with a connection that is open already; returns when its Restore is admitted. */
export const timedRecovery = async (person: Person, course: Course): Promise<TimedRecovery> => {
  const { client } = person;
  const { backup, cluster, recoveries } = course;
  await client.read('/version');
  const { held, durationMs } = await timedGrant(person, course);
  const recovery = await recoveryFor({ held, backup, destination: cluster });
  const { name } = recovery.metadata;
  const sentMs = performance.now();
  await client.create(OWN.recoveries, recovery);
  const answeredMs = performance.now();
  const hasToken = ({ status }: Stored<Recovery>) => status?.recoveryToken !== undefined;
  const issued = await recoveries.first(name, object => hasToken(object) || hasEnded(object), LIMIT);
  const admitted = await recoveries.first(name, object => isAdmitted(object) || hasEnded(object), LIMIT);
  if (!isAdmitted(admitted.object)) {
    throw new Error(`not admitted: ${JSON.stringify(admitted.object.status?.conditions)}`);
  }
  return {
    name,
    timing: {
      accessRequestToGrant: durationMs,
      registrationAdmitted: answeredMs - sentMs,
      tokenIssued: issued.atMs - answeredMs,
      tokenToAdmitted: admitted.atMs - issued.atMs,
    },
  };
};
