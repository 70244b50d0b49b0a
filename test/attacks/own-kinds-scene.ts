import type { AccessRequest } from '../../api/kinds/access-request.ts';
import type { NamespaceClaim } from '../../api/kinds/namespace-claim.ts';
import type { Stored } from '../../api/kinds/object-meta.ts';
import type { Recovery } from '../../api/kinds/recovery.ts';
import type { RecoveryApproval } from '../../api/kinds/recovery-approval.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { REQUESTS_NAMESPACE } from '../../api/names.ts';
import { clientOf, getGrant, recoveryFor, waitForCondition } from '../environment/api-user.ts';
import { deployPlain } from '../environment/plain-application.ts';
import { quietReporter } from '../environment/quiet-reporter.ts';
import { type RecoveryEnvironment, startRecoveryEnvironment } from '../environment/recovery-environment.ts';
import { backUp, registerGroup } from '../environment/team-work.ts';
import { FakeCluster } from '../fakes/fake-authority.ts';
import { type Attackers, createAttackers } from './attackers.ts';
import { newApproval } from './own-objects.ts';
import { trustedPeers } from './peer-attacks.ts';

/** One of each of our own kinds, made as they come about, and who would have them otherwise. */
export interface OwnKindsScene {
  readonly environment: RecoveryEnvironment;
  readonly attackers: Attackers;
  /** Cluster-admin, whom RBAC refuses nothing. */
  readonly admin: KubeClient;
  readonly bob: KubeClient;
  readonly recovery: Stored<Recovery>;
  readonly request: Stored<AccessRequest>;
  readonly approval: Stored<RecoveryApproval>;
  readonly claim: Stored<NamespaceClaim>;
  /** A cluster that nobody trusts yet. */
  readonly peer: FakeCluster;
  stop(): Promise<void>;
}

/** Those whom RBAC refuses little. */
export const INSIDERS = ['editor', 'operator', 'pipeline', 'velero'] as const;
export type Insider = (typeof INSIDERS)[number];

const fill = async (environment: RecoveryEnvironment): Promise<Omit<OwnKindsScene, 'environment' | 'stop'>> => {
  const { prod } = environment.clusters;
  await deployPlain(prod, 'alice', 'shop', 'drafts');
  await registerGroup(await environment.user('alice'), 'prod', 'shop', ['shop']);
  await backUp(prod, 'whole');
  const attackers = await createAttackers(environment);
  const admin = clientOf(environment.operator.kubeconfigs.prod);
  const bob = clientOf((await environment.user('bob')).kubeconfigs.prod);
  const { alice } = attackers;
  const held = await getGrant(alice, 'shop/shop');
  const registration = await recoveryFor({ held, backup: 'whole', destination: prod.clusterId });
  const recovery = await waitForCondition(alice, await alice.create(OWN.recoveries, registration), 'succeeded');
  const [request] = await admin.listAll(OWN.accessRequests, { namespace: REQUESTS_NAMESPACE });
  const [claim] = await admin.listAll(OWN.namespaceClaims);
  if (!request || !claim) throw new Error('nothing was asked or claimed');
  const approval = await admin.create(OWN.recoveryApprovals, newApproval(recovery));
  for (const trusted of await trustedPeers()) await admin.create(OWN.clusterIdentities, trusted);
  return { attackers, admin, bob, recovery, request, approval, claim, peer: await FakeCluster.create('peer') };
};

/** Starts the clusters in mode Audit: walls 1 to 4 only warn, so what is refused is refused by what refuses in every mode. */
export const startOwnKindsScene = async (): Promise<OwnKindsScene> => {
  const environment = await startRecoveryEnvironment({ report: quietReporter, mode: 'Audit' });
  try {
    const made = await fill(environment);
    const clients = [made.attackers, made.admin, made.bob];
    const stop = async () => {
      await Promise.all(clients.map(client => client.close()));
      await environment.stop();
    };
    return { environment, ...made, stop };
  } catch (error) {
    await environment.stop();
    throw error;
  }
};
