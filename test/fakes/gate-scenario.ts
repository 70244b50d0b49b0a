import { digestOf, recoveryHash, restoreName } from '../../api/digest.ts';
import type { Recovery, RecoveryStatus } from '../../api/kinds/recovery.ts';
import { CORE } from '../../api/kubernetes/core-types.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { ANNOTATIONS, CATALOGUE_USERNAME, LABELS, REQUESTS_NAMESPACE } from '../../api/names.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { type RecoveryClaims, recoveryToken } from '../../api/tokens/kinds.ts';
import { type SigningKey, signToken } from '../../api/tokens/sign-token.ts';
import type { Restore } from '../../api/velero/velero-types.ts';
import type { Decision } from '../../webhook/admission/decision.ts';
import { gateRestore } from '../../webhook/admission/gate-restore.ts';
import type { AdmissionRequest } from '../../webhook/admission/review.ts';
import { validationDigest } from '../../webhook/checks/validated-plan.ts';
import { NOW, uidOf } from './fake-authority.ts';
import { FakeObjectServer } from './fake-object-server.ts';
import { RECOVERY_NAME, recoveryObject, restoreObject } from './recovery-objects.ts';
import { RecoveryScenario } from './recovery-scenario.ts';
import { recoveryClaims } from './sample-claims.ts';

type Mutable<Value> = { -readonly [Key in keyof Value]: Value[Key] };

const RECOVERY_UID = uidOf('recovery');

/**
 * A Recovery by alice that was validated, whose targets are reserved and whose recovery token is signed, and the
 * Restore that comes with it to the gate. What a test changes is changed after that; unchanged it is admitted.
 */
export class GateScenario {
  readonly scenario: RecoveryScenario;
  readonly server: FakeObjectServer;
  readonly claims: RecoveryClaims;
  /** Metadata, spec and whatever else a test puts in. */
  readonly restore: {
    metadata: Mutable<Restore['metadata']>;
    spec: Record<string, unknown>;
    status?: NonNullable<Restore['status']>;
  };
  recovery: Recovery;
  /** The key that signs; another one is a forgery. */
  signer: SigningKey;
  /** What stands in the annotation instead of the signed token. */
  tokenText: string | undefined;
  username = CATALOGUE_USERNAME;
  dryRun: boolean | undefined;
  now = NOW;
  /** Where the catalogue's copy says that the Recovery is. */
  followedAt: { namespace: string; name: string } | undefined = { namespace: REQUESTS_NAMESPACE, name: RECOVERY_NAME };

  private constructor(
    scenario: RecoveryScenario,
    server: FakeObjectServer,
    recovery: Recovery,
    claims: RecoveryClaims,
    spec: Restore['spec'],
  ) {
    this.scenario = scenario;
    this.server = server;
    this.recovery = recovery;
    this.claims = claims;
    this.signer = scenario.here.admissionKey;
    this.restore = { ...restoreObject({ uid: 'r1' }), spec: { ...spec } };
  }

  /** Registers, validates and signs as the controller does; `given` comes before all that. */
  static async create(given: (scenario: RecoveryScenario) => void = () => undefined): Promise<GateScenario> {
    const scenario = await RecoveryScenario.create();
    scenario.hash = recoveryHash(RECOVERY_NAME);
    given(scenario);
    const { accessToken, restore, requester } = await scenario.register();
    const plan = await scenario.plan();
    const server = await FakeObjectServer.start();
    const digest = validationDigest(RECOVERY_UID, plan);
    const claims: RecoveryClaims = {
      ...recoveryClaims(scenario.here),
      point: { backup: plan.point.backup.name, uid: plan.point.backup.uid, location: plan.point.backup.location },
      targets: plan.targets.map(({ name }) => [name, uidOf(`namespace ${name}`)]),
      restore: { namespace: 'velero', name: restoreName(RECOVERY_NAME), specDigest: digestOf(plan.restoreSpec) },
      validationDigest: digest,
    };
    const { metadata, ...rest } = recoveryObject({ spec: { requester, accessToken, restore } });
    const meta = { ...metadata, uid: RECOVERY_UID, creationTimestamp: NOW.toISOString() };
    const gate = new GateScenario(
      scenario,
      server,
      { ...rest, metadata: meta, status: { validationDigest: digest } },
      claims,
      plan.restoreSpec,
    );
    for (const { name } of plan.targets) gate.putNamespace(name);
    return gate;
  }

  /** A target as the API server has it, with the mark of this recovery. */
  putNamespace(name: string, uid = uidOf(`namespace ${name}`), mark: string | undefined = this.scenario.hash): void {
    const labels = mark === undefined ? {} : { [LABELS.recovering]: mark };
    this.server.put(CORE.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name, uid, labels } });
  }

  setStatus(status: RecoveryStatus): void {
    this.recovery = { ...this.recovery, status: { ...this.recovery.status, ...status } };
  }

  async token(): Promise<string> {
    return this.tokenText ?? signToken(recoveryToken, this.claims, this.signer);
  }

  /** The review as the API server sends it. */
  async request(): Promise<AdmissionRequest> {
    const { metadata, ...restore } = this.restore;
    const annotations = { [ANNOTATIONS.recoveryToken]: await this.token(), ...metadata.annotations };
    return {
      uid: 'review-1',
      operation: 'CREATE',
      kind: { group: 'velero.io', version: 'v1', kind: 'Restore' },
      userInfo: { username: this.username, groups: ['system:serviceaccounts'] },
      object: { ...restore, metadata: { ...metadata, annotations } },
      oldObject: null,
      ...(this.dryRun === undefined ? {} : { dryRun: this.dryRun }),
    };
  }

  /** Stores the Recovery and shows the Restore to the gate. */
  async decide(): Promise<Decision> {
    this.server.put(OWN.recoveries, this.recovery);
    return this.review();
  }

  /** Shows the Restore to the gate, whatever is stored. */
  async review(request?: AdmissionRequest): Promise<Decision> {
    const { admissionKey } = this.scenario.here;
    const gate = gateRestore({
      client: this.server.client,
      state: this.scenario.state,
      findRecovery: uid => (uid === RECOVERY_UID ? this.followedAt : undefined),
      admissionKey: kid =>
        kid === admissionKey.kid
          ? { outcome: 'trusted', jwk: admissionKey.publicJwk }
          : { outcome: 'unknown', because: 'it is another key' },
      clock: () => this.now.getTime(),
    });
    return gate(request ?? (await this.request()));
  }

  /** `allowed`, or the codes that it is refused with. */
  async verdict(): Promise<string> {
    return verdictOf(() => this.decide());
  }
}

/** `allowed`, `mutated`, or the codes that a review is refused with, whether decided or thrown. */
export const verdictOf = async (attempt: () => Promise<Decision>): Promise<string> => {
  try {
    const decision = await attempt();
    switch (decision.kind) {
      case 'allow':
        return 'allowed';
      case 'mutate':
        return 'mutated';
      case 'refuse':
        return decision.problems.map(({ code }) => code).join(' ');
    }
  } catch (error) {
    if (error instanceof RecoverError) return error.code;
    throw error;
  }
};
