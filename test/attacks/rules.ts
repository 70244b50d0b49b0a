import { afterEach, describe, test } from 'vitest';
import type { KubeObject } from '../../api/kinds/object-meta.ts';
import { ApiError } from '../../api/kubernetes/api-error.ts';
import { renderManifests } from '../../manifests/render-manifests.ts';
import type { Cluster } from '../clusters/cluster.ts';
import { waitUntil } from '../clusters/wait-until.ts';
import type { Attack } from './wall.ts';

interface Validation {
  readonly expression: string;
  readonly message?: string;
  readonly messageExpression?: string;
}

interface Policy extends KubeObject {
  readonly spec: { readonly validations: readonly Validation[] };
}

export interface RuledPolicy {
  /** The policy; its binding refuses while it is attacked. */
  readonly policy: string;
  readonly cluster: () => Cluster;
  /** All are refused by the policy. */
  readonly attacks: readonly Pick<Attack, 'what' | 'act'>[];
}

const AT_ONCE = 8;

const policyNamed = (name: string): Policy => {
  const velero = [{ namespace: 'velero', serviceAccount: 'velero' }];
  const found = renderManifests({ mode: 'Enforce', velero }).find(
    ({ kind, metadata }) => kind === 'ValidatingAdmissionPolicy' && metadata.name === name,
  );
  if (found === undefined) throw new Error(`there is no policy "${name}"`);
  return found as Policy;
};

const without = (policy: Policy, index: number): Policy => {
  const validations = policy.spec.validations.map((validation, at) =>
    at === index ? { ...validation, expression: 'true' } : validation,
  );
  return { ...policy, spec: { ...policy.spec, validations } };
};

/** Whether this policy still has something against the attack; what others say of it is theirs. */
const isRefusedBy = async (policy: string, { act }: Pick<Attack, 'act'>): Promise<boolean> => {
  try {
    await act({ dryRun: true });
    return false;
  } catch (error) {
    if (error instanceof ApiError) return error.message.includes(`'${policy}'`);
    throw error;
  }
};

const passed = async ({ policy, attacks }: RuledPolicy): Promise<readonly Pick<Attack, 'what' | 'act'>[]> => {
  for (let start = 0; start < attacks.length; start += AT_ONCE) {
    const some = attacks.slice(start, start + AT_ONCE);
    const verdicts = await Promise.all(some.map(attack => isRefusedBy(policy, attack)));
    const through = some.filter((_, index) => verdicts[index] === false);
    if (through.length > 0) return through;
  }
  return [];
};

/**
 * Takes one rule after another out of a policy, and shows for each an attack that the policy then lets through: no rule
 * is there that no attack needs, and none can go without a test that fails.
 */
export const testRules = (ruled: RuledPolicy): void => {
  const whole = policyNamed(ruled.policy);
  const rules = whole.spec.validations.map(({ message, messageExpression = '' }, index) => {
    const said = message ?? messageExpression.replaceAll('\n', ' ');
    return [index + 1, said.slice(0, 80), index] as const;
  });

  describe(`each rule of ${ruled.policy}`, () => {
    afterEach(async () => {
      await ruled.cluster().apply(whole);
      await waitUntil('the whole policy to stand', async () => (await passed(ruled)).length === 0, {
        timeoutSeconds: 60,
      });
    });

    test.each(rules)('keeps an attack away that the others do not: %d, %s', async (_number, _said, index) => {
      await ruled.cluster().apply(without(whole, index));
      await waitUntil('an attack to pass without the rule', async () => (await passed(ruled)).length > 0, {
        timeoutSeconds: 30,
      });
    });
  });
};
