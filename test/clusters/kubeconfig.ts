import { stringify } from 'yaml';
import type { IssuedCertificate } from './certificate-authority.ts';

export interface KubeconfigParts {
  readonly clusterName: string;
  readonly server: string;
  readonly caCertificate: string;
  readonly userName: string;
  readonly credential: IssuedCertificate | { readonly token: string };
}

/** A kubeconfig (YAML) with one context, named after the cluster. */
export function kubeconfig(parts: KubeconfigParts): string {
  // Kubeconfigs of several clusters are read together; equal user names would hide each other.
  const user = `${parts.userName}@${parts.clusterName}`;
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': parts.clusterName,
    clusters: [
      {
        name: parts.clusterName,
        cluster: { server: parts.server, 'certificate-authority-data': base64(parts.caCertificate) },
      },
    ],
    users: [{ name: user, user: credentialFields(parts.credential) }],
    contexts: [{ name: parts.clusterName, context: { cluster: parts.clusterName, user } }],
  });
}

function credentialFields(credential: KubeconfigParts['credential']): Readonly<Record<string, string>> {
  if ('token' in credential) return { token: credential.token };
  return {
    'client-certificate-data': base64(credential.certificate),
    'client-key-data': base64(credential.privateKey),
  };
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}
