import { expect, test } from 'vitest';
import { renderManifests } from '../../manifests/render-manifests.ts';
import type { PolicyBinding, Webhook, WebhookConfiguration } from './admission-objects.ts';
import { judgeWebhooks, type WebhookFacts } from './webhooks.ts';

const velero = [{ namespace: 'velero', serviceAccount: 'velero' }];

const installed = (mode: 'Audit' | 'Enforce' = 'Audit', catalogueUrl?: string): WebhookFacts => {
  const options = { mode, velero, ...(catalogueUrl === undefined ? {} : { catalogueUrl }) };
  const objects = structuredClone(renderManifests(options));
  const configuration = (wanted: string) => objects.find(({ kind }) => kind === wanted) as WebhookConfiguration;
  return {
    mutating: configuration('MutatingWebhookConfiguration'),
    validating: configuration('ValidatingWebhookConfiguration'),
    bindings: objects.filter(({ kind }) => kind === 'ValidatingAdmissionPolicyBinding') as PolicyBinding[],
    velero,
  };
};

const changed = (facts: WebhookFacts, name: string, part: object): WebhookFacts => {
  const inside = (configuration: WebhookConfiguration | undefined): WebhookConfiguration | undefined =>
    configuration && {
      ...configuration,
      webhooks: (configuration.webhooks ?? []).map(webhook =>
        webhook.name === name ? { ...webhook, ...part } : webhook,
      ),
    };
  return { ...facts, mutating: inside(facts.mutating), validating: inside(facts.validating) };
};

const states = (facts: WebhookFacts) => judgeWebhooks(facts).map(({ state }) => state);

test.each(['Audit', 'Enforce'] as const)('both are right after install in mode %s, by Service or by address', mode => {
  expect(states(installed(mode))).toEqual(['ok']);
  expect(states(installed(mode, 'https://10.0.0.1:8443'))).toEqual(['ok']);
});

test('the authority and what the API server fills in are no alteration', () => {
  const facts = installed();
  const filled = (facts.validating?.webhooks ?? []).reduce((sum, webhook) => {
    const { clientConfig } = webhook as Webhook;
    return changed(sum, webhook.name, {
      namespaceSelector: {},
      objectSelector: {},
      clientConfig: { ...clientConfig, caBundle: 'QUJD' },
    });
  }, facts);
  expect(states(filled)).toEqual(['ok']);
});

test.each<[string, string, object, string]>([
  [
    'lets errors of the gate pass',
    'gate.kubectl-recover.io',
    { failurePolicy: 'Ignore' },
    'gate.kubectl-recover.io.failurePolicy',
  ],
  ['judges nothing any more', 'objects.kubectl-recover.io', { rules: [] }, 'objects.kubectl-recover.io.rules'],
  [
    'asks somebody else',
    'gate.kubectl-recover.io',
    { clientConfig: { service: { namespace: 'default', name: 'x', path: '/validate/restores' } } },
    'gate.kubectl-recover.io.path',
  ],
  [
    'asks another path',
    'gate.kubectl-recover.io',
    { clientConfig: { url: 'https://10.0.0.1/yes' } },
    'gate.kubectl-recover.io.path',
  ],
  [
    'holds a backup up',
    'stamp.kubectl-recover.io',
    { failurePolicy: 'Fail' },
    'stamp.kubectl-recover.io.failurePolicy',
  ],
])('a configuration that %s is found', (_, name, part, path) => {
  expect(judgeWebhooks(changed(installed(), name, part))).toMatchObject([
    { state: 'failed', what: expect.stringContaining(`"${path}"`) },
  ]);
});

test('one that is missing is named', () => {
  expect(judgeWebhooks({ ...installed(), mutating: undefined })).toMatchObject([
    { state: 'failed', what: 'MutatingWebhookConfiguration "kubectl-recover" is missing' },
  ]);
});

test('a webhook that is missing, and one too many, are found', () => {
  const facts = installed();
  const [first, ...rest] = facts.validating?.webhooks ?? [];
  const without = { ...facts.validating, webhooks: rest } as WebhookConfiguration;
  expect(judgeWebhooks({ ...facts, validating: without })[0]?.what).toContain(`"${first?.name}"`);
  const more = {
    ...facts.validating,
    webhooks: [first, ...rest, { ...first, name: 'x.example' }],
  } as WebhookConfiguration;
  expect(judgeWebhooks({ ...facts, validating: more })[0]?.what).toContain('"x.example"');
});

test.each([
  ['Enforce', 'Ignore', 'Fail'],
  ['Audit', 'Fail', 'Ignore'],
] as const)('in mode %s the bare webhook must not be %s', (mode, failurePolicy, right) => {
  expect(judgeWebhooks(changed(installed(mode), 'bare.kubectl-recover.io', { failurePolicy }))).toEqual([
    {
      state: 'failed',
      what: `webhook "bare.kubectl-recover.io" does not follow mode ${mode} of the walls: its failurePolicy is not ${right}`,
      mend: `an operator runs: kubectl recover mode ${mode.toLowerCase()}`,
    },
  ]);
});
