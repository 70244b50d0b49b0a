import type { PlanAnswer, PlannedObject } from '../../api/kinds/access-request.ts';
import type { RestoreChoice } from '../../api/kinds/recovery.ts';
import { neverRestored, resourceName } from '../../api/velero/restore-spec.ts';
import { type LiveCluster, typeParts } from './live-objects.ts';

/**
 * What becomes of an object: `create` it is absent; `same` and `differs` it is there; `exists` it is there and not
 * compared; `unknown` the user may not look; `leftOut` it is not restored.
 */
export const PLAN_STATES = ['create', 'same', 'differs', 'exists', 'unknown', 'leftOut'] as const;
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

interface Verdict {
  readonly state: PlanState;
  readonly why?: string;
}

const leftOut = (why: string): Verdict => ({ state: 'leftOut', why });

/** What keeps Velero from restoring it, whatever is there now. */
const exclusion = (object: PlannedObject, choice: RestoreChoice, live: LiveCluster): Verdict | undefined => {
  const type = live.typeOf(object.type);
  if (type === undefined) return leftOut(`the cluster does not serve ${object.type}`);
  const resource = resourceName(type);
  if (neverRestored([type]).includes(resource)) return leftOut(`${resource} are never recovered`);
  if (choice.includedResources && !choice.includedResources.includes(resource)) {
    return leftOut('not among --include-resources');
  }
  if (choice.excludedResources?.includes(resource)) return leftOut('among --exclude-resources');
  if (object.unselected) return leftOut('its labels do not match --selector');
  return object.ended ? leftOut('it had ended: Velero does not restore it') : undefined;
};

const differs = (choice: RestoreChoice): Verdict => ({
  state: 'differs',
  why: choice.existingResources === 'Update' ? 'the point’s is taken' : 'what is there is kept',
});

const present = (object: PlannedObject, now: string | undefined, choice: RestoreChoice): Verdict => {
  if (object.digest !== undefined && now !== undefined) {
    return object.digest === now ? { state: 'same' } : differs(choice);
  }
  const isSecret = object.type === 'v1/Secret';
  return { state: 'exists', why: isSecret ? 'Secrets are not compared' : 'its content was not read' };
};

const verdictOf = (object: PlannedObject, target: string, choice: RestoreChoice, live: LiveCluster): Verdict => {
  const excluded = exclusion(object, choice, live);
  if (excluded !== undefined) return excluded;
  const there = live.objectsOf(object.type, target);
  switch (there.kind) {
    case 'notServed':
      return leftOut(`the cluster does not serve ${object.type}`);
    case 'unreadable':
      return { state: 'unknown', why: there.why };
    case 'read':
      return there.digests.has(object.name)
        ? present(object, there.digests.get(object.name), choice)
        : { state: 'create' };
  }
};

/** Where a namespace of the point is recovered into. */
export const targetOf = ({ namespaceMapping }: RestoreChoice, namespace: string): string =>
  namespaceMapping?.[namespace] ?? namespace;

/** What a recovery would do, object by object: what the point holds against what is there now. */
export const makePlan = (answer: PlanAnswer, choice: RestoreChoice, live: LiveCluster): Plan => {
  const items = answer.objects.map((object): PlanItem => {
    const namespace = targetOf(choice, object.namespace);
    const { hooks, storage } = object;
    return {
      ...verdictOf(object, namespace, choice, live),
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
      leftOut: count('leftOut'),
    },
    items,
    unlisted: answer.unlisted ?? 0,
    contentsRead: answer.contentsRead,
  };
};
