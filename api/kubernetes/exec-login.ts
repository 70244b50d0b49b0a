import { parseExecConfig } from './exec-config.ts';
import { type ExecCluster, type ExecCredential, getExecCredential, type LoginTerminal } from './exec-credential.ts';

/** A login program and what it gave, which is used until it expires or the API server refuses it. */
export interface ExecLogin {
  get(cluster: ExecCluster, force: boolean): Promise<ExecCredential>;
}

/** A process has one terminal to ask at, and one person: two clusters that are asked at once log in one after the other. */
let lastLogin: Promise<unknown> = Promise.resolve();

const afterOthers = <Answer>(logIn: () => Promise<Answer>): Promise<Answer> => {
  const login = lastLogin.then(logIn, logIn);
  lastLogin = login;
  return login;
};

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
        credential = await afterOthers(() => getExecCredential(config, cluster, terminal));
      }
      return credential;
    },
  };
};
