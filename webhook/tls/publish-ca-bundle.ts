import type { KubeObject } from '../../api/kinds/object-meta.ts';
import { isConflict, isNotFound } from '../../api/kubernetes/api-error.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { type ResourceType, resourceType } from '../../api/kubernetes/resource-type.ts';

interface WebhookConfiguration extends KubeObject {
  readonly webhooks?: readonly {
    readonly name: string;
    readonly clientConfig: { readonly caBundle?: string; readonly url?: string; readonly service?: unknown };
  }[];
}

const REGISTRATION = 'admissionregistration.k8s.io/v1';
const CONFIGURATION_NAME = 'kubectl-recover';

const CONFIGURATIONS: readonly ResourceType<WebhookConfiguration>[] = [
  resourceType(REGISTRATION, 'MutatingWebhookConfiguration', 'mutatingwebhookconfigurations', false),
  resourceType(REGISTRATION, 'ValidatingWebhookConfiguration', 'validatingwebhookconfigurations', false),
];

/** Whether there is a configuration to tell; one that others write to meanwhile is read anew. */
const publishTo = async (
  client: KubeClient,
  type: ResourceType<WebhookConfiguration>,
  caBundle: string,
): Promise<boolean> => {
  for (;;) {
    const configuration = await client.find(type, { name: CONFIGURATION_NAME });
    if (configuration === undefined) return false;
    const webhooks = configuration.webhooks ?? [];
    if (webhooks.every(({ clientConfig }) => clientConfig.caBundle === caBundle)) return true;
    const trusted = webhooks.map(webhook => ({ ...webhook, clientConfig: { ...webhook.clientConfig, caBundle } }));
    try {
      await client.replace(type, { ...configuration, webhooks: trusted });
      return true;
    } catch (error) {
      // Replicas start at the same time and say the same.
      if (!isConflict(error) && !isNotFound(error)) throw error;
    }
  }
};

/**
 * Tells the API server which authority to trust when it calls the catalogue. Nothing else of the configurations is
 * touched; they are the installer's. Returns the names of those that are missing.
 */
export const publishCaBundle = async (client: KubeClient, caBundle: string): Promise<string[]> => {
  const encoded = Buffer.from(caBundle).toString('base64');
  const missing: string[] = [];
  for (const type of CONFIGURATIONS) {
    if (!(await publishTo(client, type, encoded))) missing.push(`${type.kind} ${CONFIGURATION_NAME}`);
  }
  return missing;
};
