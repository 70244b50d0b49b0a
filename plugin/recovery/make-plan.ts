import type { PlanAnswer, PlannedObject } from '../../api/kinds/access-request.ts';
import type { RestoreChoice } from '../../api/kinds/recovery.ts';
import { neverRestored, resourceName } from '../../api/velero/restore-spec.ts';
import { type LiveCluster, type LiveDigests, typeParts } from './live-objects.ts';

/**
 * What becomes of an object: `create` it is absent; `same` and `differs` it is there; `exists` it is there and not
 * compared; `unknown` the user may not look; `madeAgain` a controller has it as it should be, whatever comes back;
 * `leftOut` it is not restored.
 */
export const PLAN_STATES = ['create', 'same', 'differs', 'exists', 'unknown', 'madeAgain', 'leftOut'] as const;
export type PlanState = (typeof PLAN_STATES)[number];

export interface PlanItem {
  readonly state: PlanState;
  readonly apiVersion: string;
  readonly kind: string;
  /** Where it is recovered into. */
  readonly namespace: string;
  readonly name: string;
  /** Namespace in the recovery point. */
  readonly sourceNamespace: string;
  readonly why?: string;
  /** Set where nobody could have it otherwise: a kind that is never recovered. */
  readonly neverRecovered?: true;
  /** Set where Velero adds what the object lacks, and changes nothing in it. */
  readonly merged?: true;
  readonly hooks?: readonly string[];
  readonly storage?: string;
}

export interface Plan {
  readonly summary: Readonly<Record<PlanState, number>>;
  readonly items: readonly PlanItem[];
  /** Objects that the catalogue had no room to tell of. */
  readonly unlisted: number;
  /** Where contents were not read, nothing is compared, and labels select nothing. */
  readonly contentsRead: boolean;
}

type Verdict = Pick<PlanItem, 'state' | 'why' | 'neverRecovered' | 'merged'>;

const leftOut = (why: string): Verdict => ({ state: 'leftOut', why });

const SKIPPED: Readonly<Record<NonNullable<PlannedObject['skipped']>, string>> = {
  GeneratedToken: 'a generated token of a ServiceAccount: Velero does not restore it',
  MirrorPod: 'a static pod of a node: Velero does not restore it',
};

/** What keeps Velero from restoring it, whatever is there now. */
const exclusion = (object: PlannedObject, choice: RestoreChoice, live: LiveCluster): Verdict | undefined => {
  const type = live.typeOf(object.type);
  if (type === undefined) return leftOut(`the cluster does not serve ${object.type}`);
  const resource = resourceName(type);
  if (neverRestored([type]).includes(resource))
    return { ...leftOut(`${resource} are never recovered`), neverRecovered: true };
  if (choice.includedResources && !choice.includedResources.includes(resource)) {
    return leftOut('not among --include-resources');
  }
  if (choice.excludedResources?.includes(resource)) return leftOut('among --exclude-resources');
  if (object.unselected) return leftOut('its labels do not match --selector');
  if (object.skipped !== undefined) return leftOut(SKIPPED[object.skipped]);
  // Velero's own snapshots (csi/volumesnapshot_action.go).
  if (object.maker?.name === 'velero' && choice.volumes === 'Skip') return leftOut('volumes are skipped');
  return object.ended ? leftOut('it had ended: Velero does not restore it') : undefined;
};

/** Velero merges ServiceAccounts whatever the policy (`mergeServiceAccounts` in pkg/restore). */
const differs = ({ type }: PlannedObject, choice: RestoreChoice): Verdict => {
  if (type === 'v1/ServiceAccount') return { state: 'differs', merged: true, why: 'what it lacks is added to it' };
  return {
    state: 'differs',
    why: choice.existingResources === 'Update' ? 'the point’s is taken' : 'what is there is kept',
  };
};

/** Kept as it is, it goes on being scaled; taking the point's would set its replicas back, under load or not. */
const isScaledOnly = ({ unscaled }: PlannedObject, now: LiveDigests, choice: RestoreChoice): boolean =>
  unscaled !== undefined && unscaled === now.unscaled && choice.existingResources === 'Keep';

const present = (object: PlannedObject, now: LiveDigests, choice: RestoreChoice): Verdict => {
  if (object.digest !== undefined && now.whole !== undefined) {
    if (object.digest !== now.whole) {
      return isScaledOnly(object, now, choice)
        ? { state: 'same', why: 'but for replicas, which an autoscaler sets' }
        : differs(object, choice);
    }
    const isClaim = object.type === 'v1/PersistentVolumeClaim';
    return { state: 'same', ...(isClaim ? { why: 'the data on its volume is not compared' } : {}) };
  }
  const isSecret = object.type === 'v1/Secret';
  return { state: 'exists', why: isSecret ? 'Secrets are not compared' : 'its content was not read' };
};

const keyOf = (type: string, namespace: string, name: string): string => `${type} ${namespace}/${name}`;

/** Who makes it again: the cluster in any case, another object only where that one comes back as well. */
const madeAgain = (
  { maker, namespace }: PlannedObject,
  comes: (type: string, namespace: string, name: string) => boolean,
): Verdict | undefined => {
  if (maker === undefined) return undefined;
  const { type, name } = maker;
  if (type === undefined) return { state: 'madeAgain', why: `${name} makes it` };
  return comes(type, namespace, name)
    ? { state: 'madeAgain', why: `${typeParts(type).kind} "${name}" makes it` }
    : undefined;
};

const presentOrAbsent = (object: PlannedObject, now: LiveDigests | undefined, choice: RestoreChoice): Verdict =>
  now === undefined ? { state: 'create' } : present(object, now, choice);

const found = (object: PlannedObject, target: string, choice: RestoreChoice, live: LiveCluster): Verdict => {
  const there = live.objectsOf(object.type, target);
  switch (there.kind) {
    case 'notServed':
      return leftOut(`the cluster does not serve ${object.type}`);
    case 'unreadable':
      return { state: 'unknown', why: there.why };
    case 'read':
      return presentOrAbsent(object, there.digests.get(object.name), choice);
  }
};

/** Where a namespace of the point is recovered into. */
export const targetOf = ({ namespaceMapping }: RestoreChoice, namespace: string): string =>
  namespaceMapping?.[namespace] ?? namespace;

/** What a recovery would do, object by object: what the point holds against what is there now. */
export const makePlan = (answer: PlanAnswer, choice: RestoreChoice, live: LiveCluster): Plan => {
  const excluded = new Map(
    answer.objects.map(object => [keyOf(object.type, object.namespace, object.name), exclusion(object, choice, live)]),
  );
  const comes = (...key: Parameters<typeof keyOf>): boolean =>
    excluded.has(keyOf(...key)) && excluded.get(keyOf(...key)) === undefined;
  const items = answer.objects.map((object): PlanItem => {
    const namespace = targetOf(choice, object.namespace);
    const { hooks, storage } = object;
    return {
      ...(excluded.get(keyOf(object.type, object.namespace, object.name)) ??
        madeAgain(object, comes) ??
        found(object, namespace, choice, live)),
      ...typeParts(object.type),
      namespace,
      name: object.name,
      sourceNamespace: object.namespace,
      ...(hooks === undefined ? {} : { hooks }),
      ...(storage === undefined ? {} : { storage }),
    };
  });
  const count = (state: PlanState): number => items.filter(item => item.state === state).length;
  return {
    summary: {
      create: count('create'),
      same: count('same'),
      differs: count('differs'),
      exists: count('exists'),
      unknown: count('unknown'),
      madeAgain: count('madeAgain'),
      leftOut: count('leftOut'),
    },
    items,
    unlisted: answer.unlisted ?? 0,
    contentsRead: answer.contentsRead,
  };
};
