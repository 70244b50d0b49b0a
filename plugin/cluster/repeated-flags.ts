import type { ConnectionFlags } from './connection-flags.ts';
import { shellWord } from './shell-word.ts';

/**
 * The flags that lead to the same cluster with the same login, for a command that a person is told to run. A token is
 * not repeated: what is on the screen is seen by others, and kept by CI.
 */
export const repeatedFlags = (flags: ConnectionFlags, context: string): string => {
  const values: readonly (readonly [name: string, value: string | readonly string[] | undefined])[] = [
    ['--kubeconfig', flags.kubeconfig],
    ['--context', context],
    ['--cluster', flags.cluster],
    ['--user', flags.user],
    ['--server', flags.server],
    ['--certificate-authority', flags.certificateAuthority],
    ['--client-certificate', flags.clientCertificate],
    ['--client-key', flags.clientKey],
    ['--tls-server-name', flags.tlsServerName],
    ['--as', flags.as],
    ['--as-group', flags.asGroup],
    ['--as-uid', flags.asUid],
    ['--as-user-extra', flags.asUserExtra],
  ];
  return [
    ...values.flatMap(([name, value]) => [value ?? []].flat().map(one => `${name} ${shellWord(one)}`)),
    ...(flags.insecureSkipTlsVerify ? ['--insecure-skip-tls-verify'] : []),
    ...(flags.token === undefined ? [] : ['--token TOKEN']),
  ].join(' ');
};
