import { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { createTransport } from '../../api/kubernetes/transport.ts';
import packageJson from '../../package.json' with { type: 'json' };
import type { Io } from '../io.ts';
import type { ConnectionFlags } from './connection-flags.ts';
import { loadKubeconfig } from './load-kubeconfig.ts';
import { translateError } from './translate-error.ts';

/** A cluster as the command reaches it: one context, one login. */
export interface ClusterAccess {
  readonly context: string;
  readonly server: string;
  /** Of the context, else `default`. */
  readonly namespace: string;
  /** Runs requests; every failure comes out as a RecoverError that names this cluster. */
  call<Answer>(request: (client: KubeClient) => Promise<Answer>): Promise<Answer>;
  close(): Promise<void>;
}

/** Impersonation as kubectl sends it (https://kubernetes.io/docs/reference/access-authn-authz/authentication). */
const impersonation = ({ as, asGroup, asUid }: ConnectionFlags): Record<string, string | readonly string[]> => ({
  ...(as === undefined ? {} : { 'Impersonate-User': as }),
  ...(asGroup === undefined || asGroup.length === 0 ? {} : { 'Impersonate-Group': asGroup }),
  ...(asUid === undefined ? {} : { 'Impersonate-Uid': asUid }),
});

/**
 * Opens a cluster; nothing is sent before the first request.
 * @throws RecoverError `KubeconfigInvalid`
 */
export const connect = (flags: ConnectionFlags, context: string | undefined, io: Io): ClusterAccess => {
  const config = loadKubeconfig(flags, context, io.env);
  const transport = createTransport(config, {
    userAgent: `kubectl-recover/${packageJson.version}`,
    headers: impersonation(flags),
  });
  const client = new KubeClient(transport, { timeoutMs: flags.requestTimeoutMs });
  const name = config.getCurrentContext();
  const where = { context: name, server: transport.server };
  return {
    ...where,
    namespace: flags.namespace ?? config.getContextObject(name)?.namespace ?? 'default',
    call: async request => {
      try {
        return await request(client);
      } catch (error) {
        throw translateError(error, where);
      }
    },
    close: () => client.close(),
  };
};
