import type { ClusterIdentity } from '../../api/kinds/cluster-identity.ts';
import { SELF_IDENTITY } from '../../api/names.ts';
import { thumbprintOf } from '../../api/tokens/sign-token.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import { type Decision, refuse } from './decision.ts';
import type { AdmissionRequest } from './review.ts';

const takesInSystemNames = (pattern: string): boolean =>
  pattern.startsWith('system:') || (pattern.endsWith('*') && 'system:'.startsWith(pattern.slice(0, -1)));

/** Judges what an operator says of a peer, or of this cluster: each is known once, and each key has its own name. */
export const validateIdentity = async (request: AdmissionRequest, state: ClusterState): Promise<Decision> => {
  const identity = request.object as unknown as ClusterIdentity;
  const { name } = identity.metadata;
  const { clusterID, keys = [], identityTrust } = identity.spec;
  // One folder of identities may be applied to every cluster: the entry that is the cluster itself does nothing.
  const known = clusterID === undefined || name === SELF_IDENTITY ? undefined : state.peer(clusterID);
  if (known !== undefined && known.name !== name) {
    return refuse('spec.clusterID', {
      code: 'RequestInvalid',
      message: `cluster "${clusterID}" is known here as ClusterIdentity "${known.name}" already`,
      mend: 'change that one, or delete it first',
    });
  }
  for (const key of keys) {
    if ((await thumbprintOf(key.jwk)) !== key.kid) {
      return refuse('spec.keys', {
        code: 'RequestInvalid',
        message: `key "${key.kid}" is not named by the RFC 7638 thumbprint of its jwk`,
        mend: 'copy the keys from status.keys of ClusterIdentity "self" of that cluster',
      });
    }
  }
  const system = [...(identityTrust?.users ?? []), ...(identityTrust?.groups ?? [])].find(takesInSystemNames);
  if (system !== undefined) {
    return refuse('spec.identityTrust', {
      code: 'RequestInvalid',
      message: `"${system}" would take in names that begin with system:, which never mean the same in two clusters`,
      mend: 'name users and groups, or give a longer prefix such as oidc:*',
    });
  }
  return { kind: 'allow' };
};
