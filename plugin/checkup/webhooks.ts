import type { VeleroInstallation } from '../../api/kinds/cluster-identity.ts';
import type { KubeObject } from '../../api/kinds/object-meta.ts';
import { CATALOGUE_NAMESPACE } from '../../api/names.ts';
import { renderManifests } from '../../manifests/render-manifests.ts';
import {
  ADMISSION,
  BARE_WEBHOOK,
  type PolicyBinding,
  WEBHOOKS_NAME,
  type Webhook,
  type WebhookConfiguration,
} from './admission-objects.ts';
import { allInOrder } from './all-in-order.ts';
import type { Check } from './check.ts';
import { differences } from './differences.ts';
import type { ExaminedCluster } from './examined-cluster.ts';
import { type Finding, failed, ok, quoted } from './finding.ts';
import { installAgain } from './install-again.ts';
import { BARE_FAILURE_POLICY, modeOfWalls } from './wall-mode.ts';

export interface WebhookFacts {
  /** Of name {@link WEBHOOKS_NAME}. */
  readonly mutating: WebhookConfiguration | undefined;
  readonly validating: WebhookConfiguration | undefined;
  readonly bindings: readonly PolicyBinding[];
  readonly velero: readonly VeleroInstallation[];
}

const pathOf = ({ url, service }: Webhook['clientConfig']): unknown => {
  if (url !== undefined) return URL.canParse(url) ? new URL(url).pathname : url;
  const isCatalogue = service?.namespace === CATALOGUE_NAMESPACE && service.name === 'catalogue';
  return isCatalogue ? service.path : service;
};

/** A catalogue may be reached by its Service or by an address, and makes its certificates itself. */
const comparable = (webhook: Webhook): object => {
  const { clientConfig, ...rest } = webhook;
  return { ...rest, path: pathOf(clientConfig) };
};

const byName = ({ webhooks = [] }: WebhookConfiguration): Readonly<Record<string, object>> =>
  Object.fromEntries(webhooks.map(webhook => [webhook.name, comparable(webhook)]));

const isConfiguration = (object: KubeObject): object is WebhookConfiguration =>
  object.kind === ADMISSION.mutating.kind || object.kind === ADMISSION.validating.kind;

/** Compares the webhook configurations with those that this version renders in the mode of the walls. */
export const judgeWebhooks = ({ mutating, validating, bindings, velero }: WebhookFacts): Finding[] => {
  const mode = modeOfWalls(bindings);
  const install = installAgain(velero, mode);
  const rendered = renderManifests({ mode: mode === 'Enforce' ? 'Enforce' : 'Audit', velero }).filter(isConfiguration);
  const findings = rendered.flatMap(expected => {
    const found = expected.kind === ADMISSION.mutating.kind ? mutating : validating;
    if (found === undefined) return [failed(`${expected.kind} "${WEBHOOKS_NAME}" is missing`, install)];
    const isKnown = mode === 'Audit' || mode === 'Enforce';
    const paths = differences(byName(expected), byName(found));
    const ofMode = paths.filter(path => path === `${BARE_WEBHOOK}.failurePolicy`);
    const others = paths.filter(path => path !== `${BARE_WEBHOOK}.failurePolicy`);
    return [
      ...(others.length === 0
        ? []
        : [
            failed(
              `${expected.kind} "${WEBHOOKS_NAME}" is not what this version installs: ${quoted(others, 3)} differ`,
              install,
            ),
          ]),
      ...(ofMode.length === 0 || !isKnown
        ? []
        : [
            failed(
              `webhook "${BARE_WEBHOOK}" does not follow mode ${mode} of the walls: its failurePolicy is not ${BARE_FAILURE_POLICY[mode]}`,
              `an operator runs: kubectl recover mode ${mode.toLowerCase()}`,
            ),
          ]),
    ];
  });
  return findings.length > 0 ? findings : [ok('both configurations are as this version installs them')];
};

/** Both configurations, each undefined if it is missing. */
export const webhookConfigurations = async (
  cluster: ExaminedCluster,
): Promise<Pick<WebhookFacts, 'mutating' | 'validating'>> => {
  const [mutating, validating] = await allInOrder([
    cluster.list(ADMISSION.mutating),
    cluster.list(ADMISSION.validating),
  ]);
  const isOurs = ({ metadata }: KubeObject): boolean => metadata.name === WEBHOOKS_NAME;
  return { mutating: mutating.find(isOurs), validating: validating.find(isOurs) };
};

/** Whether the API server asks the catalogue what it should. */
export const webhooks: Check = {
  name: 'webhooks',
  examine: async cluster => {
    const [configurations, bindings, self] = await allInOrder([
      webhookConfigurations(cluster),
      cluster.list(ADMISSION.bindings),
      cluster.self(),
    ]);
    return judgeWebhooks({ ...configurations, bindings, velero: self?.spec.velero ?? [] });
  },
};
