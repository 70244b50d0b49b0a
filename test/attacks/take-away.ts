import type { KubeObject } from '../../api/kinds/object-meta.ts';
import type { Cluster } from '../clusters/cluster.ts';
import { waitUntil } from '../clusters/wait-until.ts';

export type AdmissionKind =
  | 'ValidatingAdmissionPolicyBinding'
  | 'ValidatingWebhookConfiguration'
  | 'MutatingWebhookConfiguration';

/** A part of admission that a test takes away, and how it sees that it is gone: by the verdict on one write. */
export interface AdmissionPart {
  readonly cluster: Cluster;
  readonly kind: AdmissionKind;
  readonly name: string;
  /** The verdict on a write that this part has a say in; nothing may come of it. */
  readonly probe: () => Promise<string>;
}

/** Puts the part back, with the certificate authority and the address that it had. */
export type PutBack = () => Promise<void>;

/** Deletes one part of admission and waits until the API server goes by that. */
export const takeAway = async ({ cluster, kind, name, probe }: AdmissionPart): Promise<PutBack> => {
  const present = JSON.parse(await cluster.kubectl('get', kind, name, '-o', 'json')) as KubeObject;
  const standing = await probe();
  await cluster.kubectl('delete', kind, name);
  await waitUntil(`${kind} ${name} to be away`, async () => (await probe()) !== standing, { timeoutSeconds: 30 });
  const { labels } = present.metadata;
  return async () => {
    await cluster.apply({ ...present, metadata: { name, ...(labels === undefined ? {} : { labels }) } });
    await waitUntil(`${kind} ${name} to be back`, async () => (await probe()) === standing, { timeoutSeconds: 30 });
  };
};
