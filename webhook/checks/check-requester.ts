import type { Problem } from '../../api/recover-error.ts';
import type { GrantClaims } from '../../api/tokens/grant.ts';
import type { PeerView } from '../state/views.ts';
import type { Check, Facts } from './check.ts';
import { judgeOwnership } from './ownership.ts';

/** Check `requester`: the authenticated user is the one the token was given to, and owns the group now. */
export const checkRequester: Check = {
  name: 'requester',
  judge: ({ registration: { requester }, chain, state }: Facts) => {
    const problems: Problem[] = [];
    if (chain.access.sub !== requester.username) {
      problems.push({
        code: 'RequesterMismatch',
        message: `the proof was given to "${chain.access.sub}", but "${requester.username}" presents it`,
        mend: `run the command with one login that is "${chain.access.sub}" in both clusters; who one is tells: kubectl auth whoami`,
      });
    }
    const { grant } = chain;
    const isOwnCluster = grant.cluster.id === state.self().cluster.id;
    const peer = isOwnCluster ? undefined : state.peer(grant.cluster.id);
    // Owners may have changed since the grant was given; in its own cluster the live group decides.
    const owners = (isOwnCluster ? state.group(grant.group.id)?.owners : undefined) ?? grant.owners;
    if (!isOwnCluster && peer === undefined) {
      problems.push(notOwner(requester.username, grant.group));
      return problems;
    }
    switch (judgeOwnership(requester, owners, peer)) {
      case 'owner':
        break;
      case 'notOwner':
        problems.push(notOwner(requester.username, grant.group));
        break;
      case 'notMapped':
        problems.push(notMapped(requester.username, grant, peer));
    }
    return problems;
  },
};

const notOwner = (username: string, { namespace, name }: GrantClaims['group']): Problem => ({
  code: 'NotOwner',
  message: `"${username}" owns no application group "${name}"`,
  mend: `an owner of the group adds the user, or a group of theirs, to spec.owners: kubectl edit applicationgroup ${name} -n ${namespace}`,
});

/** Of an owner there whose name means nobody here. */
export const notMapped = (
  username: string,
  { group, cluster }: Pick<GrantClaims, 'group' | 'cluster'>,
  peer: Pick<PeerView, 'name'> | undefined,
): Problem => ({
  code: 'NotOwner',
  message: `"${username}" owns "${group.name}" in cluster "${cluster.id}", but users of that cluster are not mapped to users here`,
  mend: `an operator says here that "${username}" means the same in both, in spec.identityTrust: kubectl edit clusteridentity ${peer?.name}`,
});
