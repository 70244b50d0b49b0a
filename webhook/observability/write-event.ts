import type { KubeObject } from '../../api/kinds/object-meta.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { resourceType } from '../../api/kubernetes/resource-type.ts';

interface Event extends KubeObject {
  readonly reason: string;
  readonly message: string;
  readonly type: 'Normal' | 'Warning';
  readonly involvedObject: Readonly<Record<string, string>>;
  readonly firstTimestamp: string;
  readonly lastTimestamp: string;
  readonly count: number;
  readonly source: { readonly component: string };
}

const events = resourceType<Event>('v1', 'Event', 'events', true);

const MAX_MESSAGE = 1024;

export interface EventInput {
  readonly name: string;
  /** What the Event is about; the Event lies in its namespace. */
  readonly about: KubeObject;
  readonly reason: string;
  readonly message: string;
  readonly type: 'Normal' | 'Warning';
  readonly now: Date;
}

/** Writes an Event (core/v1). @throws ApiError AlreadyExists if there is one of that name */
export const writeEvent = async (client: KubeClient, input: EventInput): Promise<void> => {
  const { name, about, reason, message, type, now } = input;
  const { namespace = '', name: object, uid = '' } = about.metadata;
  const time = now.toISOString();
  await client.create(events, {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace },
    reason,
    message: message.slice(0, MAX_MESSAGE),
    type,
    involvedObject: { apiVersion: about.apiVersion, kind: about.kind, namespace, name: object, uid },
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
    source: { component: 'kubectl-recover' },
  });
};
