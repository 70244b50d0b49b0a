import { X509Certificate } from 'node:crypto';
import type { Stored } from '../../api/kinds/object-meta.ts';
import { isAlreadyExists, isConflict } from '../../api/kubernetes/api-error.ts';
import { CORE, type Secret } from '../../api/kubernetes/core-types.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { CATALOGUE_NAMESPACE } from '../../api/names.ts';
import { issueAuthority, issueServing, type KeyedCertificate, type ServingName } from './issue-certificate.ts';

/** What the server serves, and what the API server must trust for it; all PEM. */
export interface ServingCertificate extends KeyedCertificate {
  /** The authority of the certificate, and the one before it while that one still serves somewhere. */
  readonly caBundle: string;
  readonly expiryTime: Date;
  readonly authorityExpiryTime: Date;
}

/** Lives of certificates in days; both are renewed after two thirds. */
const LIFE_DAYS = { authority: 730, serving: 90 } as const;

const SECRET_NAME = 'catalogue-tls';

interface Stores {
  readonly authority: KeyedCertificate;
  readonly formerAuthority: string;
  readonly serving: KeyedCertificate;
}

const FIELDS = { ca: 'ca.crt', caKey: 'ca.key', former: 'ca-former.crt', crt: 'tls.crt', key: 'tls.key' } as const;

const decode = ({ data }: Secret): Stores => {
  const field = (name: string): string => Buffer.from(data?.[name] ?? '', 'base64').toString('utf8');
  return {
    authority: { certificate: field(FIELDS.ca), privateKey: field(FIELDS.caKey) },
    formerAuthority: field(FIELDS.former),
    serving: { certificate: field(FIELDS.crt), privateKey: field(FIELDS.key) },
  };
};

const encode = ({ authority, formerAuthority, serving }: Stores): Record<string, string> => {
  const base64 = (value: string): string => Buffer.from(value).toString('base64');
  return {
    [FIELDS.ca]: base64(authority.certificate),
    [FIELDS.caKey]: base64(authority.privateKey),
    [FIELDS.former]: base64(formerAuthority),
    [FIELDS.crt]: base64(serving.certificate),
    [FIELDS.key]: base64(serving.privateKey),
  };
};

/** Whether a certificate has lived two thirds of its life. */
const isDue = (pem: string, now: Date): boolean => {
  const { validFromDate, validToDate } = new X509Certificate(pem);
  const life = validToDate.getTime() - validFromDate.getTime();
  return now.getTime() - validFromDate.getTime() >= (life * 2) / 3;
};

const serves = (pem: string, { dnsNames, ipAddresses }: ServingName): boolean => {
  const certificate = new X509Certificate(pem);
  return (
    dnsNames.every(name => certificate.checkHost(name) !== undefined) &&
    ipAddresses.every(address => certificate.checkIP(address) !== undefined)
  );
};

const renew = async (stored: Stores | undefined, name: ServingName, now: Date): Promise<Stores | undefined> => {
  if (stored === undefined || isDue(stored.authority.certificate, now)) {
    const authority = await issueAuthority({ now, days: LIFE_DAYS.authority });
    const serving = await issueServing(authority, name, { now, days: LIFE_DAYS.serving });
    return { authority, formerAuthority: stored?.authority.certificate ?? '', serving };
  }
  if (!isDue(stored.serving.certificate, now) && serves(stored.serving.certificate, name)) return undefined;
  const serving = await issueServing(stored.authority, name, { now, days: LIFE_DAYS.serving });
  return { ...stored, serving };
};

const write = async (client: KubeClient, existing: Stored<Secret> | undefined, stores: Stores): Promise<void> => {
  const metadata = {
    name: SECRET_NAME,
    namespace: CATALOGUE_NAMESPACE,
    labels: { 'velero.io/exclude-from-backup': 'true', 'app.kubernetes.io/part-of': 'kubectl-recover' },
  };
  const secret: Secret = { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', data: encode(stores) };
  if (existing === undefined) await client.create(CORE.secrets, secret);
  else await client.replace(CORE.secrets, { ...existing, data: encode(stores) });
};

/**
 * The serving certificate from its Secret, made or renewed if it is due. All replicas serve the same: who loses the
 * race to write reads what the other wrote.
 */
export const servingCertificate = async (
  client: KubeClient,
  name: ServingName,
  now: Date,
): Promise<ServingCertificate> => {
  for (;;) {
    const existing = await client.find(CORE.secrets, { namespace: CATALOGUE_NAMESPACE, name: SECRET_NAME });
    const stored = existing && decode(existing);
    const renewed = await renew(stored, name, now);
    if (renewed === undefined && stored !== undefined) return toServe(stored);
    if (renewed === undefined) continue;
    try {
      await write(client, existing, renewed);
      return toServe(renewed);
    } catch (error) {
      if (!isAlreadyExists(error) && !isConflict(error)) throw error;
    }
  }
};

const toServe = ({ authority, formerAuthority, serving }: Stores): ServingCertificate => ({
  ...serving,
  caBundle: `${authority.certificate.trim()}\n${formerAuthority.trim()}\n`.trim(),
  expiryTime: new X509Certificate(serving.certificate).validToDate,
  authorityExpiryTime: new X509Certificate(authority.certificate).validToDate,
});
