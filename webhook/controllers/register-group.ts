import { digestOf } from '../../api/digest.ts';
import type { ApplicationGroup, ApplicationGroupSpec } from '../../api/kinds/application-group.ts';
import type { Stored } from '../../api/kinds/object-meta.ts';
import type { Requester } from '../../api/kinds/requester.ts';
import { isAlreadyExists } from '../../api/kubernetes/api-error.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { ANNOTATIONS, GROUP_VERSION } from '../../api/names.ts';
import { requesterAnnotation } from '../admission/mutate-requester.ts';
import type { Logger } from '../observability/logger.ts';
import { writeEvent } from '../observability/write-event.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import { type RegisteredAs, registeredAs, registeredAsAnnotation } from './registered-as.ts';

export interface GroupRegistration extends RegisteredAs {
  /** Where it is registered, unless it lives here already. */
  readonly home: { readonly namespace: string; readonly name: string };
  readonly spec: ApplicationGroupSpec;
  /** ID that the object may have had so far, which this one takes the place of. */
  readonly replaces?: string;
  /** What the object said when it was judged; one that says something else by now is left alone. */
  readonly judged?: ApplicationGroupSpec;
  /** On whose word. */
  readonly requester: Requester;
}

export interface RegistrationTools {
  readonly client: KubeClient;
  readonly state: Pick<ClusterState, 'group'>;
  readonly log: Logger;
  readonly clock: () => number;
}

const hasId = (group: Stored<ApplicationGroup>, groupID: string): boolean =>
  group.status?.groupID === groupID || registeredAs(group)?.groupID === groupID;

const tell = async (
  group: Stored<ApplicationGroup>,
  registered: RegisteredAs,
  requester: Requester,
  { client, log, clock }: RegistrationTools,
): Promise<void> => {
  const active = registered.activeSince === undefined ? '' : `, the active copy since ${registered.activeSince}`;
  try {
    await writeEvent(client, {
      name: `${group.metadata.name}.${digestOf({ registered, uid: group.metadata.uid }).slice(-16)}`,
      about: { ...group, apiVersion: GROUP_VERSION, kind: 'ApplicationGroup' },
      reason: 'GroupRegistered',
      message: `registered as ${registered.groupID}${active}, on the word of ${requester.username}`,
      type: 'Normal',
      now: new Date(clock()),
    });
  } catch (error) {
    // An Event is a courtesy: the group itself says what it is.
    if (!isAlreadyExists(error)) log.warn({ err: error }, 'an Event could not be written');
  }
};

/**
 * Registers a group under an ID that it has from elsewhere or from before: makes it, or brings the living one to what
 * is given. One write, so that nobody sees half of it; safe to repeat. Another group of that name is left alone.
 */
export const registerGroup = async (
  { home, spec, requester, groupID, activeSince, replaces, judged }: GroupRegistration,
  tools: RegistrationTools,
): Promise<Stored<ApplicationGroup> | undefined> => {
  const { client, state, log } = tools;
  const registered: RegisteredAs = { groupID, ...(activeSince === undefined ? {} : { activeSince }) };
  const living = state.group(groupID);
  const at = living === undefined ? home : { namespace: living.namespace, name: living.name };
  const annotations = {
    [ANNOTATIONS.requester]: requesterAnnotation(requester),
    ...registeredAsAnnotation(registered),
  };
  const existing = await client.find(OWN.applicationGroups, at);
  if (existing === undefined) {
    const created = await client.create(OWN.applicationGroups, {
      apiVersion: GROUP_VERSION,
      kind: 'ApplicationGroup',
      metadata: { ...at, annotations },
      spec,
    });
    log.info({ group: groupID, at }, 'group registered under its ID');
    await tell(created, registered, requester, tools);
    return created;
  }
  if (!hasId(existing, groupID) && (replaces === undefined || existing.status?.groupID !== replaces)) {
    log.warn({ group: groupID, at, other: existing.status?.groupID }, 'another group has that name: not registered');
    return undefined;
  }
  if (judged !== undefined && digestOf(existing.spec) !== digestOf(judged)) return undefined;
  const isSame =
    digestOf(existing.spec) === digestOf(spec) && digestOf(registeredAs(existing) ?? {}) === digestOf(registered);
  if (isSame) return existing;
  const metadata = { ...existing.metadata, annotations: { ...existing.metadata.annotations, ...annotations } };
  const replaced = await client.replace(OWN.applicationGroups, { ...existing, metadata, spec });
  await tell(replaced, registered, requester, tools);
  return replaced;
};
