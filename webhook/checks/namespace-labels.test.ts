import { expect, test } from 'vitest';
import { policyView } from '../../test/fakes/fake-cluster-state.ts';
import { RecoveryScenario } from '../../test/fakes/recovery-scenario.ts';

const ENFORCE = 'pod-security.kubernetes.io/enforce';

const withLabels = (name: string, labels?: Record<string, string>) =>
  policyView({ newNamespaces: { sameName: true, groupPrefix: true, ...(labels ? { labels } : {}) } }, name);

const create = async (): Promise<RecoveryScenario> => {
  const scenario = await RecoveryScenario.create();
  scenario.recoverInto('shop-copy');
  return scenario;
};

test('a namespace that is made carries the labels of every policy that matches', async () => {
  const scenario = await create();
  scenario.state.policyViews = [
    withLabels('a', { [ENFORCE]: 'restricted' }),
    withLabels('b', { team: 'shop', [ENFORCE]: 'restricted' }),
    withLabels('c'),
  ];
  expect((await scenario.plan()).namespaceLabels).toEqual({ [ENFORCE]: 'restricted', team: 'shop' });
});

test('and none, where no policy says so', async () => {
  expect((await (await create()).plan()).namespaceLabels).toEqual({});
});

test('where two policies ask for different labels, no namespace is made', async () => {
  const scenario = await create();
  const policies = [withLabels('a', { [ENFORCE]: 'restricted' }), withLabels('b', { [ENFORCE]: 'baseline' })];
  scenario.state.policyViews = policies;
  expect(await scenario.verdict()).toEqual(['policy: PolicyDenied']);
});

test('which does not matter where none is to be made', async () => {
  const scenario = await RecoveryScenario.create();
  const policies = [withLabels('a', { [ENFORCE]: 'restricted' }), withLabels('b', { [ENFORCE]: 'baseline' })];
  scenario.state.policyViews = policies;
  expect(await scenario.verdict()).toBe('allowed');
});
