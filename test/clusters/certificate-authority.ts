import { generateKeyPair, randomBytes, sign } from 'node:crypto';
import { promisify } from 'node:util';
import forge from 'node-forge';

export interface KeyPairPem {
  readonly publicKey: string;
  readonly privateKey: string;
}

export interface IssuedCertificate {
  readonly certificate: string;
  readonly privateKey: string;
}

export interface CertificateRequest {
  /** CN; of a client certificate the user name. */
  readonly commonName: string;
  /** O; of a client certificate the groups. */
  readonly organizations?: readonly string[];
  readonly usage: 'client' | 'server';
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
}

/** The certificate authority of one cluster; everything is PEM. */
export interface CertificateAuthority extends IssuedCertificate {
  issue(request: CertificateRequest): Promise<IssuedCertificate>;
}

const generate = promisify(generateKeyPair);
const hour = 3_600_000;
// Certificates of a cluster that lives for a test run; the hour before lets a clock that is set back keep them valid.
const validHours = { before: 1, after: 7 * 24 };
// node-forge's GeneralName types, RFC 5280 section 4.2.1.6.
const dnsNameType = 2;
const ipAddressType = 7;

/** RSA, because node-forge cannot sign certificates with elliptic curves. */
export function generateRsaKeyPair(): Promise<KeyPairPem> {
  return generate('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}

export async function createCertificateAuthority(commonName: string): Promise<CertificateAuthority> {
  const keys = await generateRsaKeyPair();
  const subject = [nameField('commonName', commonName)];
  const certificate = unsigned(keys, subject, subject, [
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, digitalSignature: true, critical: true },
  ]);
  signCertificate(certificate, keys.privateKey);

  return {
    certificate: forge.pki.certificateToPem(certificate),
    privateKey: keys.privateKey,
    async issue(request) {
      const leafKeys = await generateRsaKeyPair();
      const names = [
        ...(request.organizations ?? []).map(value => nameField('organizationName', value)),
        nameField('commonName', request.commonName),
      ];
      const altNames = [
        ...(request.dnsNames ?? []).map(value => ({ type: dnsNameType, value })),
        ...(request.ipAddresses ?? []).map(ip => ({ type: ipAddressType, ip })),
      ];
      const leaf = unsigned(leafKeys, names, subject, [
        { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
        { name: 'extKeyUsage', serverAuth: request.usage === 'server', clientAuth: request.usage === 'client' },
        ...(altNames.length > 0 ? [{ name: 'subjectAltName', altNames }] : []),
      ]);
      signCertificate(leaf, keys.privateKey);
      return { certificate: forge.pki.certificateToPem(leaf), privateKey: leafKeys.privateKey };
    },
  };
}

/** With Node's RSA: node-forge's own takes thirty times as long, which tells where a test has many users. */
function signCertificate(certificate: forge.pki.Certificate, privateKey: string): void {
  const nodeKey = {
    sign: () => {
      const signed = forge.asn1.toDer(certificate.tbsCertificate).getBytes();
      return sign('sha256', Buffer.from(signed, 'latin1'), privateKey).toString('latin1');
    },
  };
  // Of a key it calls `sign` alone, once what is to be signed stands in `tbsCertificate`; its types know neither.
  certificate.sign(nodeKey as unknown as forge.pki.rsa.PrivateKey, forge.md.sha256.create());
}

function nameField(name: string, value: string): forge.pki.CertificateField {
  // node-forge's default is PrintableString, which has no "@", and Go refuses such a certificate. Its types want a class
  // here, its code a type: both are plain numbers.
  return { name, value, valueTagClass: forge.asn1.Type.UTF8 as number };
}

function unsigned(
  keys: KeyPairPem,
  subject: forge.pki.CertificateField[],
  issuer: forge.pki.CertificateField[],
  extensions: object[],
): forge.pki.Certificate {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(keys.publicKey);
  // A leading 01 keeps the number positive (RFC 5280 section 4.1.2.2).
  certificate.serialNumber = `01${randomBytes(15).toString('hex')}`;
  certificate.validity.notBefore = new Date(Date.now() - validHours.before * hour);
  certificate.validity.notAfter = new Date(Date.now() + validHours.after * hour);
  certificate.setSubject(subject);
  certificate.setIssuer(issuer);
  certificate.setExtensions(extensions);
  return certificate;
}
