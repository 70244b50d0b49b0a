import { digestOf, recoveryHash } from '../../api/digest.ts';
import type { Stored } from '../../api/kinds/object-meta.ts';
import type { Recovery } from '../../api/kinds/recovery.ts';
import { CORE } from '../../api/kubernetes/core-types.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { ANNOTATIONS, CATALOGUE_USERNAME, LABELS, RESTORE_FINALIZER } from '../../api/names.ts';
import { type Problem, RecoverError } from '../../api/recover-error.ts';
import { type RecoveryClaims, recoveryToken } from '../../api/tokens/kinds.ts';
import { clusterUrn, gateUrn } from '../../api/tokens/urns.ts';
import { type KeyLookup, verifyToken } from '../../api/tokens/verify-token.ts';
import type { Restore } from '../../api/velero/velero-types.ts';
import { failuresOf, validate } from '../checks/validate.ts';
import { type ValidatedPlan, validationDigest } from '../checks/validated-plan.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import { checkUnused, consumeToken } from './consume-token.ts';
import { type Decision, refuse } from './decision.ts';
import { registrationOf } from './registration.ts';
import type { AdmissionRequest } from './review.ts';

export interface GateOptions {
  readonly client: KubeClient;
  readonly state: ClusterState;
  /** Finds the Recovery with this UID among those that are followed; it is then read live. */
  readonly findRecovery: (uid: string) => { readonly namespace: string; readonly name: string } | undefined;
  readonly admissionKey: (kid: string) => KeyLookup;
  readonly clock: () => number;
}

const mismatch = (message: string): RecoverError => new RecoverError({ code: 'RestoreMismatch', message });
const changed = (message: string): RecoverError => new RecoverError({ code: 'ValidationChanged', message });

/** The Restore is byte for byte the one that the token binds. */
const checkBinding = (restore: Restore, claims: RecoveryClaims): void => {
  const { namespace, name, specDigest } = claims.restore;
  if (restore.metadata.name !== name || restore.metadata.namespace !== namespace) {
    throw mismatch(`the recovery token is for Restore "${namespace}/${name}"`);
  }
  if (digestOf(restore.spec) !== specDigest) {
    throw mismatch('the spec is not the one that the recovery token binds: it was changed, perhaps by another webhook');
  }
  if (!restore.metadata.finalizers?.includes(RESTORE_FINALIZER)) {
    throw mismatch(`the Restore lacks the finalizer "${RESTORE_FINALIZER}"`);
  }
  // Velero leaves alone what says that it has run, and the recovery would count as done.
  if (Object.keys(restore.status ?? {}).length > 0) {
    throw mismatch('the Restore has a status already: one that begins has none');
  }
};

/** Each target is, now, the very namespace that was reserved, and carries the mark of this recovery. */
const checkTargets = async (client: KubeClient, recovery: Recovery, claims: RecoveryClaims): Promise<void> => {
  const mark = recoveryHash(recovery.metadata.name);
  await Promise.all(
    claims.targets.map(async ([name, uid]) => {
      const live = await client.find(CORE.namespaces, { name });
      if (live?.metadata.uid !== uid) throw changed(`namespace "${name}" is not the one that was reserved`);
      if (live.metadata.labels?.[LABELS.recovering] !== mark) {
        throw changed(`namespace "${name}" does not carry the mark of this recovery`);
      }
    }),
  );
};

/** What was validated is still so: the same point, the same restore, the same policies. */
const checkUnchanged = (recovery: Stored<Recovery>, plan: ValidatedPlan, claims: RecoveryClaims): void => {
  const { backup } = plan.point;
  const { uid, location } = claims.point;
  if (backup.uid !== uid || backup.location !== location) {
    throw changed(`backup "${backup.name}" is another object, or in another location, than when it was validated`);
  }
  const planned = plan.targets.map(({ name }) => name).sort();
  const signed = claims.targets.map(([name]) => name).sort();
  if (planned.join() !== signed.join()) {
    throw changed('the targets are not those that the recovery token names');
  }
  const digest = validationDigest(recovery.metadata.uid, plan);
  if (digest !== claims.validationDigest || digest !== recovery.status?.validationDigest) {
    throw changed('the point, the restore, the targets or a policy changed since the recovery token was signed');
  }
};

const readRecovery = async ({ client, findRecovery }: GateOptions, uid: string): Promise<Stored<Recovery>> => {
  const at = findRecovery(uid);
  const recovery = at && (await client.find(OWN.recoveries, at));
  if (recovery?.metadata.uid === uid) return recovery;
  throw mismatch('the Recovery that the token was signed for does not exist any more');
};

const verifyRecoveryToken = (token: string, { state, admissionKey, clock }: GateOptions): Promise<RecoveryClaims> => {
  const { id } = state.self().cluster;
  return verifyToken(recoveryToken, token, {
    audience: gateUrn(id),
    now: new Date(clock()),
    key: (issuer, kid) =>
      issuer === clusterUrn(id) ? admissionKey(kid) : { outcome: 'unknown', because: 'another cluster signed it' },
  });
};

/**
 * The gate: admits the one Restore that a recovery token binds, after judging everything once more, and consumes
 * the token. A dry run is judged all the same and writes nothing.
 */
export const gateRestore =
  (options: GateOptions) =>
  async (request: AdmissionRequest): Promise<Decision> => {
    const { client, state, clock } = options;
    if (request.userInfo.username !== CATALOGUE_USERNAME) return refuse('user', NOT_THE_CATALOGUE);
    const restore = request.object as unknown as Stored<Restore>;
    const token = restore.metadata.annotations?.[ANNOTATIONS.recoveryToken];
    if (token === undefined) return refuse('metadata.annotations', NO_TOKEN);
    const claims = await verifyRecoveryToken(token, options);
    checkBinding(restore, claims);
    const recovery = await readRecovery(options, claims.jti);
    const requester = recovery.spec.requester;
    if (requester === undefined || requester.username !== claims.sub) {
      throw mismatch('the recovery token names another requester than its Recovery');
    }
    const now = new Date(clock());
    await checkUnused({ client, recovery, restore, now });
    const registeredAt = new Date(recovery.metadata.creationTimestamp);
    const validation = await validate(registrationOf(recovery, requester, { registeredAt, now }), state);
    if (validation.outcome === 'refused') {
      const [first] = failuresOf(validation.results);
      return refuse(first?.check ?? 'checks', {
        code: first?.code ?? 'ValidationChanged',
        message: first?.message ?? 'the recovery is not valid any more',
      });
    }
    checkUnchanged(recovery, validation.plan, claims);
    await checkTargets(client, recovery, claims);
    if (request.dryRun !== true) {
      await consumeToken({ client, recovery, restore, now });
    }
    return { kind: 'allow', audit: { recovery: recoveryHash(recovery.metadata.name), requester: requester.username } };
  };

const NOT_THE_CATALOGUE: Problem = {
  code: 'CatalogueOnly',
  message: 'only the catalogue creates Restores that carry a recovery token',
  mend: 'recover with: kubectl recover GROUP',
};

const NO_TOKEN: Problem = {
  code: 'TokenMissing',
  message: 'the Restore carries no recovery token',
  mend: 'recover with: kubectl recover GROUP',
};
