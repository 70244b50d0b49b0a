import { expect, test } from 'vitest';
import { policyView } from '../../test/fakes/fake-cluster-state.ts';
import { verdictOf } from '../../test/fakes/gate-scenario.ts';
import { reviewOf } from '../../test/fakes/review-of.ts';
import { validatePolicy } from './validate-policy.ts';

const verdict = (reasonPattern?: string) => {
  const { spec } = policyView(reasonPattern === undefined ? {} : { reasonPattern });
  return verdictOf(() => validatePolicy(reviewOf('RecoveryPolicy', { metadata: { name: 'default' }, spec })));
};

test.each([undefined, '.+', 'INC-[0-9]{4}', '(?:CHG|INC)-\\d+', '\\p{L}+'])('pattern %j is allowed', async pattern => {
  expect(await verdict(pattern)).toBe('allowed');
});

// The last two are expressions only without the flag u.
test.each(['(', '[', '*', 'a{2,1}', '(?<n', '\\p{Nothing}', '\\-'])('pattern %j is refused', async pattern => {
  expect(await verdict(pattern)).toBe('RequestInvalid');
});

const labelled = (labels: Record<string, string>) => {
  const { spec } = policyView({ newNamespaces: { sameName: true, groupPrefix: true, labels } });
  return verdictOf(() => validatePolicy(reviewOf('RecoveryPolicy', { metadata: { name: 'default' }, spec })));
};

test('labels of new namespaces are labels', async () => {
  expect(await labelled({ 'pod-security.kubernetes.io/enforce': 'restricted', team: 'shop', empty: '' })).toBe(
    'allowed',
  );
  for (const key of ['', 'a/b/c', '-a', 'kubernetes.io/metadata.name', 'kubectl-recover.io/recovering']) {
    expect(await labelled({ [key]: 'x' })).toBe('RequestInvalid');
  }
  expect(await labelled({ team: 'the shop' })).toBe('RequestInvalid');
});
