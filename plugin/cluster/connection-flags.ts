/** The flags by which kubectl's users name a cluster and a login. */
export interface ConnectionFlags {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly cluster?: string | undefined;
  readonly user?: string | undefined;
  readonly namespace?: string | undefined;
  readonly server?: string | undefined;
  readonly token?: string | undefined;
  readonly as?: string | undefined;
  readonly asGroup?: readonly string[] | undefined;
  readonly asUid?: string | undefined;
  /** Longest wait for one answer, in milliseconds. */
  readonly requestTimeoutMs: number;
}

/**
 * The flags for the cluster of --from-context: an address or a login on the command line is that of --context, and a
 * token of one cluster is never shown to another.
 */
export const forSource = (flags: ConnectionFlags): ConnectionFlags => ({
  ...flags,
  cluster: undefined,
  user: undefined,
  server: undefined,
  token: undefined,
});
