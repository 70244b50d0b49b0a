import { RecoverError } from '../../api/recover-error.ts';

/** From this level of -v on kubectl tells each request. */
export const REQUESTS_LEVEL = 6;

/** The flags by which kubectl's users name a cluster and a login. */
export interface ConnectionFlags {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly cluster?: string | undefined;
  readonly user?: string | undefined;
  readonly namespace?: string | undefined;
  readonly server?: string | undefined;
  /** Paths of PEM files. */
  readonly certificateAuthority?: string | undefined;
  readonly clientCertificate?: string | undefined;
  readonly clientKey?: string | undefined;
  readonly insecureSkipTlsVerify?: boolean | undefined;
  readonly tlsServerName?: string | undefined;
  readonly token?: string | undefined;
  readonly as?: string | undefined;
  readonly asGroup?: readonly string[] | undefined;
  readonly asUid?: string | undefined;
  /** As KEY=VALUE. */
  readonly asUserExtra?: readonly string[] | undefined;
  /** kubectl's levels of -v. */
  readonly verbosity?: number | undefined;
  /** Longest wait for one answer, in milliseconds. */
  readonly requestTimeoutMs: number;
}

/**
 * The flags for the cluster of --from-context: an address, its trust or a login on the command line is that of
 * --context, and a token of one cluster is never shown to another. Impersonation is meant for both: whom a person
 * acts as is one decision, and a source asked as oneself would give a proof for somebody else.
 */
export const forSource = (flags: ConnectionFlags): ConnectionFlags => ({
  ...flags,
  cluster: undefined,
  user: undefined,
  server: undefined,
  certificateAuthority: undefined,
  clientCertificate: undefined,
  clientKey: undefined,
  insecureSkipTlsVerify: undefined,
  tlsServerName: undefined,
  token: undefined,
});

const usageError = (message: string, mend: string): RecoverError =>
  new RecoverError({ code: 'UsageError', message, mend });

/** A variable of a script that is not set must not come to mean that the flag was not given. */
const refuseEmpty = (flags: ConnectionFlags): void => {
  const given: Readonly<Record<string, string | readonly string[] | undefined>> = {
    '--server': flags.server,
    '--certificate-authority': flags.certificateAuthority,
    '--client-certificate': flags.clientCertificate,
    '--client-key': flags.clientKey,
    '--tls-server-name': flags.tlsServerName,
    '--token': flags.token,
    '--as': flags.as,
    '--as-group': flags.asGroup,
    '--as-uid': flags.asUid,
  };
  for (const [name, value] of Object.entries(given)) {
    if (![value].flat().includes('')) continue;
    throw usageError(`${name} is empty`, `write a value behind ${name}, or leave it out`);
  }
};

/** @throws RecoverError `UsageError` if flags contradict each other, or one means nothing without another */
export const checkConnectionFlags = (flags: ConnectionFlags): ConnectionFlags => {
  refuseEmpty(flags);
  const { as, asGroup = [], asUid, asUserExtra = [] } = flags;
  const dependent: readonly (readonly [name: string, isGiven: boolean])[] = [
    ['--as-group', asGroup.length > 0],
    ['--as-uid', asUid !== undefined],
    ['--as-user-extra', asUserExtra.length > 0],
  ];
  const alone = dependent.find(([, isGiven]) => isGiven && as === undefined);
  if (alone !== undefined) {
    throw usageError(`${alone[0]} needs --as: nobody can act as a group alone`, 'name the user to act as with --as');
  }
  const odd = asUserExtra.find(extra => !/^[^=]+=/.test(extra));
  if (odd !== undefined) throw usageError(`"${odd}" is no extra of a user`, 'write --as-user-extra KEY=VALUE');
  if (flags.insecureSkipTlsVerify && flags.certificateAuthority !== undefined) {
    throw usageError(
      '--insecure-skip-tls-verify and --certificate-authority exclude each other',
      'give --certificate-authority alone: the server is then checked',
    );
  }
  return flags;
};
