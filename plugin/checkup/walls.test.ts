import { describe, expect, test } from 'vitest';
import { LABELS } from '../../api/names.ts';
import { renderManifests } from '../../manifests/render-manifests.ts';
import type { AdmissionPolicy, PolicyBinding } from './admission-objects.ts';
import { judgeMode, judgeWalls, type WallFacts } from './walls.ts';

const velero = [{ namespace: 'velero', serviceAccount: 'velero' }];

/** As the API server has them after `kubectl recover install`. */
const installed = (mode: 'Audit' | 'Enforce' = 'Audit', installations = velero): WallFacts => {
  const objects = structuredClone(renderManifests({ mode, velero: installations }));
  return {
    policies: objects.filter(({ kind }) => kind === 'ValidatingAdmissionPolicy') as AdmissionPolicy[],
    bindings: objects.filter(({ kind }) => kind === 'ValidatingAdmissionPolicyBinding') as PolicyBinding[],
    velero,
  };
};

const names = installed().policies.map(({ metadata }) => metadata.name);

const withPolicy = (facts: WallFacts, name: string, change: (spec: Record<string, unknown>) => object): WallFacts => ({
  ...facts,
  policies: facts.policies.map(policy =>
    policy.metadata.name === name ? { ...policy, spec: { ...policy.spec, ...change(policy.spec) } } : policy,
  ),
});

const withBinding = (facts: WallFacts, name: string, part: object): WallFacts => ({
  ...facts,
  bindings: facts.bindings.map(binding => (binding.metadata.name === name ? { ...binding, ...part } : binding)),
});

const specOf = ({ bindings }: WallFacts, name: string) => bindings.find(({ metadata }) => metadata.name === name)?.spec;

test.each(['Audit', 'Enforce'] as const)('walls are right after install in mode %s', mode => {
  expect(judgeWalls(installed(mode)).map(({ state }) => state)).toEqual(['ok']);
  expect(judgeMode(installed(mode).bindings)).toEqual({ state: 'ok', what: `mode ${mode}` });
});

test('what the API server fills in is no alteration', () => {
  const facts = installed();
  const filled = names.reduce(
    (sum, name) =>
      withPolicy(sum, name, spec => {
        const { resourceRules, ...rest } = spec['matchConstraints'] as { readonly resourceRules: readonly object[] };
        return {
          matchConstraints: {
            ...rest,
            namespaceSelector: {},
            objectSelector: {},
            resourceRules: resourceRules.map(rule => ({ ...rule, scope: '*' })),
          },
        };
      }),
    facts,
  );
  expect(judgeWalls(filled).map(({ state }) => state)).toEqual(['ok']);
});

describe.each(names)('%s', name => {
  test('is missed if the policy is gone', () => {
    const facts = installed();
    const policies = facts.policies.filter(({ metadata }) => metadata.name !== name);
    expect(judgeWalls({ ...facts, policies })).toMatchObject([
      { state: 'failed', what: `policy "${name}" is missing: that wall is down` },
    ]);
  });

  test('is missed if the binding is gone', () => {
    const facts = installed();
    const bindings = facts.bindings.filter(({ metadata }) => metadata.name !== name);
    expect(judgeWalls({ ...facts, bindings })).toMatchObject([
      { state: 'failed', what: `binding "${name}" is missing: that wall is down` },
    ]);
  });

  test.each<[string, (spec: Record<string, unknown>) => object, string]>([
    [
      'an expression is other',
      spec => ({
        validations: (spec['validations'] as readonly object[]).map(each => ({ ...each, expression: 'true' })),
      }),
      'spec.validations[0].expression',
    ],
    [
      'one more condition lets somebody by',
      spec => ({
        matchConditions: [
          ...((spec['matchConditions'] as readonly object[] | undefined) ?? []),
          { name: 'not-me', expression: "request.userInfo.username != 'mallory'" },
        ],
      }),
      'spec.matchConditions',
    ],
    ['errors let by', () => ({ failurePolicy: 'Ignore' }), 'spec.failurePolicy'],
    [
      'only some objects are judged',
      spec => ({
        matchConstraints: { ...(spec['matchConstraints'] as object), objectSelector: { matchLabels: { a: 'b' } } },
      }),
      'spec.matchConstraints.objectSelector.matchLabels',
    ],
    ['a parameter is asked for', () => ({ paramKind: { apiVersion: 'v1', kind: 'ConfigMap' } }), 'spec.paramKind'],
  ])('is altered if %s', (_, change, path) => {
    const [finding, ...others] = judgeWalls(withPolicy(installed(), name, change));
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ state: 'failed', what: expect.stringContaining(`"${path}"`) });
    expect(finding?.what).toContain(`policy "${name}" is not what this version installs`);
  });

  test.each<[string, object]>([
    ['judges only some namespaces', { matchResources: { namespaceSelector: { matchLabels: { a: 'b' } } } }],
    ['binds another policy', { policyName: 'something-else' }],
    ['only writes to the audit log', { validationActions: ['Audit'] }],
  ])('is altered if its binding %s', (_, part) => {
    const facts = installed();
    const spec = { ...specOf(facts, name), ...part };
    expect(judgeWalls(withBinding(facts, name, { spec }))).toMatchObject([
      { state: 'failed', what: expect.stringContaining(`binding "${name}" is not what this version installs`) },
    ]);
  });
});

test('every one that is missing or altered is named', () => {
  const [first = '', second = ''] = names;
  const facts = withPolicy(installed(), second, () => ({ validations: [] }));
  const policies = facts.policies.filter(({ metadata }) => metadata.name !== first);
  const found = judgeWalls({ ...facts, policies });
  expect(found.map(({ what }) => what.split(' ', 2).join(' '))).toEqual([`policy "${first}"`, `policy "${second}"`]);
});

test('walls for another Velero than the confirmed one are altered', () => {
  const found = judgeWalls(installed('Enforce', [{ namespace: 'velero', serviceAccount: 'intruder' }]));
  expect(found.length).toBeGreaterThan(0);
  expect(found.every(({ state }) => state === 'failed')).toBe(true);
  expect(found[0]?.mend).toContain('kubectl recover install --velero velero/velero --mode Enforce');
});

test('a policy that does not follow the mode must not warn only', () => {
  const always = installed().bindings.find(({ metadata }) => metadata.labels?.[LABELS.wall] === undefined);
  const name = always?.metadata.name ?? '';
  const spec = { ...always?.spec, validationActions: ['Warn', 'Audit'] };
  expect(judgeWalls(withBinding(installed(), name, { spec }))[0]).toMatchObject({ state: 'failed' });
});

test('a wall without its label, which would not follow the mode, is altered', () => {
  const facts = installed();
  const wall = facts.bindings.find(({ metadata }) => metadata.labels?.[LABELS.wall] === '1');
  const name = wall?.metadata.name ?? '';
  expect(judgeWalls(withBinding(facts, name, { metadata: { name } }))[0]).toMatchObject({
    state: 'failed',
    what: expect.stringContaining('"metadata.labels"'),
  });
});

test('walls in two modes are unaltered, but mixed', () => {
  const facts = installed('Enforce');
  const wall = facts.bindings.find(({ metadata }) => metadata.labels?.[LABELS.wall] === '4');
  const name = wall?.metadata.name ?? '';
  const mixed = withBinding(facts, name, { spec: { ...wall?.spec, validationActions: ['Warn', 'Audit'] } });
  expect(judgeWalls(mixed).map(({ state }) => state)).toEqual(['ok']);
  expect(judgeMode(mixed.bindings)).toMatchObject({
    state: 'failed',
    what: expect.stringContaining(`mixed modes: "${name}" warn`),
  });
});

test('no walls, or one that neither warns nor refuses, are no mode', () => {
  expect(judgeMode([])).toMatchObject({ state: 'failed', what: 'the walls have no mode: none is there' });
  const facts = installed();
  const wall = facts.bindings.find(({ metadata }) => metadata.labels?.[LABELS.wall] === '2');
  const name = wall?.metadata.name ?? '';
  const silent = withBinding(facts, name, { spec: { ...wall?.spec, validationActions: ['Audit'] } });
  expect(judgeMode(silent.bindings)).toMatchObject({ state: 'failed', what: `the walls have no mode: "${name}"` });
});

test('a type that the API server could not check is a warning', () => {
  const facts = installed();
  const [first] = facts.policies;
  const status = {
    typeChecking: {
      expressionWarnings: [
        { fieldRef: 'spec.validations[0].expression', warning: '\nvelero.io: ERROR: undefined field\n | x' },
      ],
    },
  };
  const policies = facts.policies.map(policy => (policy === first ? { ...policy, status } : policy));
  expect(judgeWalls({ ...facts, policies })).toMatchObject([
    {
      state: 'warning',
      what: `the API server warns of policy "${names[0]}" at spec.validations[0].expression: velero.io: ERROR: undefined field`,
    },
  ]);
});
