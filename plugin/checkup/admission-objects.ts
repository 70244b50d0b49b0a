import type { KubeObject } from '../../api/kinds/object-meta.ts';
import { resourceType } from '../../api/kubernetes/resource-type.ts';

/** Kubernetes' own kinds of admissionregistration.k8s.io/v1, with the fields that we read. */

export interface AdmissionPolicy extends KubeObject {
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status?: {
    readonly typeChecking?: {
      readonly expressionWarnings?: readonly { readonly fieldRef: string; readonly warning: string }[];
    };
  };
}

export interface PolicyBinding extends KubeObject {
  readonly spec: Readonly<Record<string, unknown>> & { readonly validationActions?: readonly string[] };
}

export interface Webhook {
  readonly name: string;
  readonly failurePolicy?: string;
  readonly clientConfig: {
    /** Base64 of PEM. */
    readonly caBundle?: string;
    readonly url?: string;
    readonly service?: { readonly namespace: string; readonly name: string; readonly path?: string };
  };
}

export interface WebhookConfiguration extends KubeObject {
  readonly webhooks?: readonly Webhook[];
}

const REGISTRATION = 'admissionregistration.k8s.io/v1';

export const ADMISSION = {
  policies: resourceType<AdmissionPolicy>(
    REGISTRATION,
    'ValidatingAdmissionPolicy',
    'validatingadmissionpolicies',
    false,
  ),
  bindings: resourceType<PolicyBinding>(
    REGISTRATION,
    'ValidatingAdmissionPolicyBinding',
    'validatingadmissionpolicybindings',
    false,
  ),
  mutating: resourceType<WebhookConfiguration>(
    REGISTRATION,
    'MutatingWebhookConfiguration',
    'mutatingwebhookconfigurations',
    false,
  ),
  validating: resourceType<WebhookConfiguration>(
    REGISTRATION,
    'ValidatingWebhookConfiguration',
    'validatingwebhookconfigurations',
    false,
  ),
} as const;

/** Name of both webhook configurations. */
export const WEBHOOKS_NAME = 'kubectl-recover';

/** The webhook that a Restore without a token meets; its failurePolicy follows the mode. */
export const BARE_WEBHOOK = 'bare.kubectl-recover.io';
