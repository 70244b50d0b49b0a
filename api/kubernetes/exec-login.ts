import { parseExecConfig } from './exec-config.ts';
import { type ExecCluster, type ExecCredential, getExecCredential, type LoginTerminal } from './exec-credential.ts';

/** A login program and what it gave, which is used until it expires or the API server refuses it. */
export interface ExecLogin {
  get(cluster: ExecCluster, force: boolean): Promise<ExecCredential>;
}

/** @throws ConnectionSetupError if the entry of the kubeconfig cannot be used */
export const createExecLogin = (
  entry: unknown,
  user: string,
  terminal: LoginTerminal,
  clock: () => number,
): ExecLogin => {
  const config = parseExecConfig(entry, user);
  let credential: ExecCredential | undefined;
  return {
    get: async (cluster, force) => {
      const isGood = credential !== undefined && (credential.expiryTime ?? Number.POSITIVE_INFINITY) > clock();
      if (credential === undefined || force || !isGood) {
        credential = await getExecCredential(config, cluster, terminal);
      }
      return credential;
    },
  };
};
