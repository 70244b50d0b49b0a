import { ConnectionSetupError } from '../../api/kubernetes/api-error.ts';
import { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { createTransport } from '../../api/kubernetes/transport.ts';
import { RecoverError } from '../../api/recover-error.ts';
import packageJson from '../../package.json' with { type: 'json' };
import type { Io } from '../io.ts';
import { type ConnectionFlags, REQUESTS_LEVEL } from './connection-flags.ts';
import { impersonationHeaders, impersonationOf } from './impersonation.ts';
import { loadKubeconfig } from './load-kubeconfig.ts';
import { repeatedFlags } from './repeated-flags.ts';
import { toldTransport } from './told-transport.ts';
import { translateError } from './translate-error.ts';

/** A cluster as the command reaches it: one context, one login. */
export interface ClusterAccess {
  readonly context: string;
  readonly server: string;
  /** Of the context, else `default`. */
  readonly namespace: string;
  /** What names it, and the login, on a command line. */
  readonly flags: string;
  /** Runs requests; every failure comes out as a RecoverError that names this cluster. */
  call<Answer>(request: (client: KubeClient) => Promise<Answer>): Promise<Answer>;
  close(): Promise<void>;
}

/**
 * Opens a cluster; nothing is sent before the first request.
 * @throws RecoverError `KubeconfigInvalid`
 */
export const connect = (flags: ConnectionFlags, context: string | undefined, io: Io): ClusterAccess => {
  const config = loadKubeconfig(flags, context, io.env);
  const opened = createTransport(config, {
    userAgent: `kubectl-recover/${packageJson.version}`,
    headers: impersonationHeaders(impersonationOf(flags, config.impersonation)),
    proxyEnv: io.env,
    terminal: { env: io.env, stdinIsTTY: io.stdinIsTTY, say: text => io.stderr.write(text) },
    execConfig: config.execConfig,
  });
  const isTold = (flags.verbosity ?? 0) >= REQUESTS_LEVEL;
  const transport = isTold ? toldTransport(opened, io) : opened;
  const client = new KubeClient(transport, { timeoutMs: flags.requestTimeoutMs });
  const name = config.getCurrentContext();
  const where = { context: name, server: transport.server };
  return {
    ...where,
    flags: repeatedFlags(flags, name),
    namespace: flags.namespace ?? config.getContextObject(name)?.namespace ?? 'default',
    call: async request => {
      try {
        return await request(client);
      } catch (error) {
        // Ctrl-C ends a login program too, which is then no fault of it.
        if (error instanceof ConnectionSetupError && io.interrupted.aborted) {
          const mend = 'run the command again, and log in to the end';
          throw new RecoverError(
            { code: 'Interrupted', message: 'interrupted while logging in', mend },
            { cause: error },
          );
        }
        throw translateError(error, where);
      }
    },
    close: () => client.close(),
  };
};
