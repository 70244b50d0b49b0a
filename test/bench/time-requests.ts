import { randomName } from '../../api/digest.ts';
import { ANSWERED } from '../../api/kinds/access-request.ts';
import { findCondition } from '../../api/kinds/condition.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { GROUP_VERSION, REQUESTS_NAMESPACE } from '../../api/names.ts';
import { Sightings } from './sightings.ts';

const LIMIT = { timeoutMs: 30_000 };

/** How long AccessRequests for the points of a group wait for their answer, one after the other, in milliseconds. */
export const timeRequests = async (
  owner: KubeClient,
  operator: KubeClient,
  group: string,
  count: number,
): Promise<readonly number[]> => {
  const requests = new Sightings(operator, OWN.accessRequests);
  await requests.start();
  try {
    const times: number[] = [];
    for (let round = 0; round <= count; round += 1) {
      const name = randomName();
      const sentMs = performance.now();
      await owner.create(OWN.accessRequests, {
        apiVersion: GROUP_VERSION,
        kind: 'AccessRequest',
        metadata: { name, namespace: REQUESTS_NAMESPACE },
        spec: { group, wants: { points: { limit: 100 } } },
      });
      const { atMs, object } = await requests.first(
        name,
        ({ status }) => findCondition(status?.conditions, ANSWERED) !== undefined,
        LIMIT,
      );
      if (object.status?.points?.length !== 1) throw new Error(`not the one point: ${JSON.stringify(object.status)}`);
      // The first one opens connections.
      if (round > 0) times.push(atMs - sentMs);
    }
    return times;
  } finally {
    await requests.stop();
  }
};
