import { generateKeyPair, randomBytes, X509Certificate } from 'node:crypto';
import { promisify } from 'node:util';
import forge from 'node-forge';

/** A certificate with its private key, both PEM. */
export interface KeyedCertificate {
  readonly certificate: string;
  readonly privateKey: string;
}

export interface ServingName {
  /** DNS names of the Service. */
  readonly dnsNames: readonly string[];
  /** For a catalogue outside the cluster, which is called by address. */
  readonly ipAddresses: readonly string[];
}

interface Validity {
  readonly now: Date;
  readonly days: number;
}

const DAY_MS = 86_400_000;
/** Certificates hold from an hour before, for clocks that are behind. */
const BEFORE_MS = 3_600_000;
const DNS_NAME = 2;
const IP_ADDRESS = 7;

const generate = promisify(generateKeyPair);

/** RSA: node-forge encodes no other keys. The key itself is made by node:crypto. */
const generateKeys = () =>
  generate('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });

const nameOf = (commonName: string): forge.pki.CertificateField[] => [{ name: 'commonName', value: commonName }];

const fill = (publicKey: string, subject: string, issuer: string, { now, days }: Validity): forge.pki.Certificate => {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(publicKey);
  // A first byte below 0x80 keeps the number positive (RFC 5280 §4.1.2.2).
  certificate.serialNumber = `01${randomBytes(15).toString('hex')}`;
  certificate.validity.notBefore = new Date(now.getTime() - BEFORE_MS);
  certificate.validity.notAfter = new Date(now.getTime() + days * DAY_MS);
  certificate.setSubject(nameOf(subject));
  certificate.setIssuer(nameOf(issuer));
  return certificate;
};

const sign = (certificate: forge.pki.Certificate, privateKey: string): string => {
  certificate.sign(forge.pki.privateKeyFromPem(privateKey), forge.md.sha256.create());
  return forge.pki.certificateToPem(certificate);
};

/** A new certificate authority for the catalogue's own serving certificates. */
export const issueAuthority = async (validity: Validity): Promise<KeyedCertificate> => {
  const { publicKey, privateKey } = await generateKeys();
  // Each authority has its own name, so that an old and a new one can stand in one bundle.
  const name = `kubectl-recover catalogue ${randomBytes(4).toString('hex')}`;
  const certificate = fill(publicKey, name, name, validity);
  certificate.setExtensions([
    { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
  ]);
  return { certificate: sign(certificate, privateKey), privateKey };
};

/** A serving certificate of an authority. */
export const issueServing = async (
  authority: KeyedCertificate,
  { dnsNames, ipAddresses }: ServingName,
  validity: Validity,
): Promise<KeyedCertificate> => {
  const { publicKey, privateKey } = await generateKeys();
  const issuer = new X509Certificate(authority.certificate).subject.replace(/^CN=/, '');
  const certificate = fill(publicKey, 'kubectl-recover catalogue', issuer, validity);
  certificate.setExtensions([
    { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
    { name: 'extKeyUsage', serverAuth: true },
    {
      name: 'subjectAltName',
      altNames: [
        ...dnsNames.map(value => ({ type: DNS_NAME, value })),
        ...ipAddresses.map(ip => ({ type: IP_ADDRESS, ip })),
      ],
    },
  ]);
  return { certificate: sign(certificate, authority.privateKey), privateKey };
};
