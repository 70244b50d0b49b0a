import { digestOf, randomName } from '../../api/digest.ts';
import type { AccessRequest } from '../../api/kinds/access-request.ts';
import type { ApplicationGroup } from '../../api/kinds/application-group.ts';
import type { ClusterIdentity } from '../../api/kinds/cluster-identity.ts';
import type { NamespaceClaim } from '../../api/kinds/namespace-claim.ts';
import type { Stored } from '../../api/kinds/object-meta.ts';
import type { Recovery } from '../../api/kinds/recovery.ts';
import type { RecoveryApproval } from '../../api/kinds/recovery-approval.ts';
import type { RecoveryPolicy } from '../../api/kinds/recovery-policy.ts';
import type { Requester } from '../../api/kinds/requester.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { DEFAULT_POLICY, GROUP_VERSION, REQUESTS_NAMESPACE } from '../../api/names.ts';
import type { FakeCluster } from '../fakes/fake-authority.ts';

/** Objects of our own kinds as an attacker makes them, right but for what the attack is about. */

/** Who refuses: two policies in the API server, and the webhook behind them. */
export const REQUESTER_RULE = 'kubectl-recover-requester';
export const OWN_KINDS = 'kubectl-recover-own-kinds';
export const OBJECTS = 'objects.kubectl-recover.io';

/** Of nobody and nothing. */
export const NOBODYS_UID = '00000000-0000-4000-8000-000000000000';

export const requests = (name = randomName()) => ({ name, namespace: REQUESTS_NAMESPACE });

export const newRequest = (requester?: Requester): AccessRequest => ({
  apiVersion: GROUP_VERSION,
  kind: 'AccessRequest',
  metadata: requests(),
  spec: { wants: { groups: true }, ...(requester === undefined ? {} : { requester }) },
});

export const newApproval = (recovery: Stored<Recovery>, requester?: Requester): RecoveryApproval => ({
  apiVersion: GROUP_VERSION,
  kind: 'RecoveryApproval',
  metadata: requests(),
  spec: {
    recovery: { name: recovery.metadata.name, uid: recovery.metadata.uid },
    validationDigest: digestOf({}),
    decision: 'Approve',
    ...(requester === undefined ? {} : { requester }),
  },
});

export const newGroup = (metadata: Partial<ApplicationGroup['metadata']> = {}): ApplicationGroup => ({
  apiVersion: GROUP_VERSION,
  kind: 'ApplicationGroup',
  metadata: { name: 'drafts', namespace: 'drafts', ...metadata },
  spec: { namespaces: ['drafts'], owners: [{ kind: 'User', name: 'mallory' }] },
});

export const newClaim = (claim: NamespaceClaim): NamespaceClaim => ({
  apiVersion: GROUP_VERSION,
  kind: 'NamespaceClaim',
  metadata: { name: NOBODYS_UID },
  spec: { ...claim.spec, namespace: 'drafts' },
});

export const newPolicy = async (client: KubeClient): Promise<RecoveryPolicy> => {
  const { apiVersion, kind, spec } = await client.get(OWN.recoveryPolicies, { name: DEFAULT_POLICY });
  return { apiVersion, kind, metadata: { name: 'anything-goes' }, spec } as RecoveryPolicy;
};

export const newPeer = (peer: FakeCluster): ClusterIdentity => ({
  apiVersion: GROUP_VERSION,
  kind: 'ClusterIdentity',
  metadata: { name: 'peer' },
  spec: { clusterID: peer.id, keys: peer.publicKeys() },
});

/** Who the API server takes a login for. */
export const userOf = async (client: KubeClient): Promise<Requester> => {
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  const { status } = await client.review<{ readonly status: { readonly userInfo: Requester } }>(path, body);
  return status.userInfo;
};
