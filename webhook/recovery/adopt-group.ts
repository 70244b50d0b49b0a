import type { ApplicationGroup, ApplicationGroupSpec } from '../../api/kinds/application-group.ts';
import type { Destination } from '../../api/kinds/group-parts.ts';
import type { Stored } from '../../api/kinds/object-meta.ts';
import { CORE } from '../../api/kubernetes/core-types.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import type { GrantClaims } from '../../api/tokens/grant.ts';
import { homeClusterOf } from '../checks/lineage.ts';
import { claimNamespace } from '../cluster/claim-namespace.ts';
import { type GroupRegistration, registerGroup } from '../controllers/register-group.ts';
import { ownersOf } from './grant-owners.ts';
import type { RecoveryContext } from './recovery-context.ts';
import { groupOfRecovery } from './step-issue.ts';

/**
 * What there is of a namespace of the group: read live, since its claim may have been made by this very recovery. One
 * without a claim can be the group's where this recovery went into it, since the check `targets` found it to be the
 * one of the stamp; the catalogue was installed anew then, and claims went with it.
 */
const lookAt = async (
  { recovery, tools }: RecoveryContext,
  name: string,
  groupId: string,
): Promise<{ readonly kind: 'held' | 'notHeld' } | { readonly kind: 'free'; readonly uid: string }> => {
  const { client, state } = tools;
  const uid = (await client.find(CORE.namespaces, { name }))?.metadata.uid;
  if (uid === undefined) return { kind: 'notHeld' };
  const claim = await client.find(OWN.namespaceClaims, { name: uid });
  if (claim !== undefined) return { kind: claim.spec.groupID === groupId ? 'held' : 'notHeld' };
  const { requester } = recovery.spec;
  const wentInto = recovery.status?.targets?.some(target => target.name === name && target.uid === uid) ?? false;
  const isFree = wentInto && requester !== undefined && (await state.isNamespaceAdmin(requester, name));
  return isFree ? { kind: 'free', uid } : { kind: 'notHeld' };
};

/** Makes every namespace of the group its own, or none where one is not to be had. */
const holdAll = async (
  context: RecoveryContext,
  names: readonly string[],
  { groupID, home }: Pick<GroupRegistration, 'groupID' | 'home'>,
): Promise<boolean> => {
  const { client } = context.tools;
  const seen = await Promise.all(names.map(async name => ({ name, ...(await lookAt(context, name, groupID)) })));
  if (seen.some(({ kind }) => kind === 'notHeld')) return false;
  for (const each of seen) {
    if (each.kind !== 'free') continue;
    const { spec } = await claimNamespace(client, each.uid, { namespace: each.name, groupID, group: home });
    if (spec.groupID !== groupID) return false;
  }
  return true;
};

/** The cluster that it came from is one that it may go back to. */
const withSource = (destinations: readonly Destination[], source: string): Destination[] =>
  destinations.some(({ clusterID }) => clusterID === source)
    ? [...destinations]
    : [...destinations, { clusterID: source }].slice(-64);

/** The group as it is registered here: owners and destinations as of the grant, as they are meant here. */
const specHere = (context: RecoveryContext, grant: GrantClaims, isOwnCluster: boolean): ApplicationGroupSpec => {
  const destinations = isOwnCluster ? grant.destinations : withSource(grant.destinations ?? [], grant.cluster.id);
  return {
    namespaces: grant.namespaces.map(([name]) => name),
    owners: ownersOf(context),
    ...(destinations === undefined ? {} : { destinations: [...destinations] }),
  };
};

/**
 * Since when the copy here is the active one; nothing if it is a copy beside the one that the grant is of. Where
 * nobody but a stamp spoke for the group, or where it came home, there is no other.
 */
const activeSinceOf = (context: RecoveryContext, grant: GrantClaims, self: string): string | undefined => {
  const hasNoOther = grant.absent !== undefined || grant.lost !== undefined || homeClusterOf(grant.group.id) === self;
  return hasNoOther ? context.recovery.metadata.creationTimestamp : undefined;
};

/**
 * Registers the group where all of it was recovered under its own names, with its ID, unless it lives here and spoke
 * for itself; so that the next backup is stamped with it and its owners recover from here. Safe to repeat.
 */
export const adoptGroup = async (context: RecoveryContext): Promise<Stored<ApplicationGroup> | undefined> => {
  const { recovery, tools } = context;
  const { state, log } = tools;
  const { requester } = recovery.spec;
  const targets = recovery.status?.targets ?? [];
  const grant = groupOfRecovery(recovery.spec.accessToken);
  const self = state.self().cluster.id;
  const isOwnCluster = grant.cluster.id === self;
  const speaksForItself = isOwnCluster && grant.absent === undefined && grant.lost === undefined;
  if (requester === undefined || speaksForItself || targets.some(({ source, name }) => source !== name))
    return undefined;
  const spec = specHere(context, grant, isOwnCluster);
  const [first = ''] = spec.namespaces;
  // A home that is not one of the group's namespaces belongs to whoever has that name here.
  const namespace = spec.namespaces.includes(grant.group.namespace) ? grant.group.namespace : first;
  const registration = { groupID: grant.group.id, home: { namespace, name: grant.group.name }, spec, requester };
  if (spec.owners.length === 0 || !(await holdAll(context, spec.namespaces, registration))) {
    log.info({ group: grant.group.id, namespaces: spec.namespaces }, 'not all of the group is here: not adopted');
    return undefined;
  }
  const activeSince = activeSinceOf(context, grant, self);
  return registerGroup({ ...registration, ...(activeSince === undefined ? {} : { activeSince }) }, tools);
};
