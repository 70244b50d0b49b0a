import { readFileSync } from 'node:fs';
import type { KubeConfig } from '@kubernetes/client-node';
import { RecoverError } from '../../api/recover-error.ts';
import type { ConnectionFlags } from './connection-flags.ts';

type Cluster = NonNullable<ReturnType<KubeConfig['getCurrentCluster']>>;
type User = NonNullable<ReturnType<KubeConfig['getCurrentUser']>>;

/** Base64 of the file that a flag names. */
const dataOf = (flag: string, path: string): string => {
  try {
    return readFileSync(path).toString('base64');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new RecoverError(
      { code: 'UsageError', message: `${flag} "${path}" cannot be read: ${why}`, mend: 'name a file in PEM' },
      { cause },
    );
  }
};

/** As kubectl does: what the flags say of trust replaces all that the kubeconfig says of it. */
export const overrideCluster = (cluster: Cluster, flags: ConnectionFlags): Cluster => {
  const { server, certificateAuthority, insecureSkipTlsVerify: insecure = false, tlsServerName } = flags;
  const { caData, caFile, tlsServerName: nameInKubeconfig, ...rest } = cluster;
  // The name in the kubeconfig is that of the server there.
  const name = tlsServerName ?? (server === undefined ? nameInKubeconfig : undefined);
  const changed = {
    ...rest,
    ...(server === undefined ? {} : { server }),
    ...(name === undefined ? {} : { tlsServerName: name }),
  };
  if (certificateAuthority !== undefined) {
    return { ...changed, skipTLSVerify: false, caData: dataOf('--certificate-authority', certificateAuthority) };
  }
  if (insecure) return { ...changed, skipTLSVerify: true };
  return { ...changed, ...(caData === undefined ? {} : { caData }), ...(caFile === undefined ? {} : { caFile }) };
};

const half = (missing: string, given: string): RecoverError =>
  new RecoverError({
    code: 'UsageError',
    message: `${given} needs ${missing}: neither the command line nor the user in the kubeconfig has it`,
    mend: `name the file with ${missing}`,
  });

/** The certificate and key of the flags; one of them may be that of the kubeconfig. */
const certificateOf = (user: User | null, flags: ConnectionFlags): Partial<User> => {
  const { clientCertificate, clientKey } = flags;
  if (clientCertificate === undefined && clientKey === undefined) return {};
  const { certData, certFile, keyData, keyFile } = user ?? {};
  if (clientCertificate === undefined && !certData && !certFile) throw half('--client-certificate', '--client-key');
  if (clientKey === undefined && !keyData && !keyFile) throw half('--client-key', '--client-certificate');
  return {
    ...(clientCertificate === undefined
      ? { ...(certData ? { certData } : {}), ...(certFile ? { certFile } : {}) }
      : { certData: dataOf('--client-certificate', clientCertificate) }),
    ...(clientKey === undefined
      ? { ...(keyData ? { keyData } : {}), ...(keyFile ? { keyFile } : {}) }
      : { keyData: dataOf('--client-key', clientKey) }),
  };
};

/**
 * A login on the command line leaves nothing of that in the kubeconfig, and needs no user there. kubectl sends both,
 * and the API server then takes the certificate, whoever's token was given.
 */
export const overrideUser = (user: User | null, name: string, flags: ConnectionFlags): User | null => {
  const { token, clientCertificate, clientKey } = flags;
  if (token === undefined && clientCertificate === undefined && clientKey === undefined) return user;
  return { name, ...(token === undefined ? {} : { token }), ...certificateOf(user, flags) };
};
