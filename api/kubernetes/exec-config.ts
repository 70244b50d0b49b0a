import { ConnectionSetupError } from './api-error.ts';

/** Versions of ExecCredential that Kubernetes still has; v1alpha1 went with 1.24. */
export const EXEC_VERSIONS = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'] as const;

const INTERACTIVE_MODES = ['Never', 'IfAvailable', 'Always'] as const;

/** `users[].user.exec` of a kubeconfig: a program that logs in (KEP-541). */
export interface ExecConfig {
  readonly apiVersion: (typeof EXEC_VERSIONS)[number];
  readonly command: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly interactiveMode: (typeof INTERACTIVE_MODES)[number];
  readonly provideClusterInfo: boolean;
  /** For people, where the program is missing. */
  readonly installHint: string | undefined;
}

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {};

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** No escape sequence of a kubeconfig reaches the terminal. */
const plain = (text: string): string =>
  text
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/\p{Cc}/gu, '')
    .trim();

/**
 * Reads the entry as client-go does, but that `interactiveMode` may be missing in v1 too: then it is IfAvailable.
 * @throws ConnectionSetupError
 */
export const parseExecConfig = (entry: unknown, user: string): ExecConfig => {
  const { apiVersion, command, args, env, interactiveMode = 'IfAvailable', ...rest } = record(entry);
  const invalid = (what: string): ConnectionSetupError =>
    new ConnectionSetupError(`the login program of user "${user}" ${what}`, 'look at the user in the kubeconfig');
  const version = EXEC_VERSIONS.find(known => known === apiVersion);
  if (version === undefined) {
    throw invalid(`has the apiVersion "${String(apiVersion ?? '')}", not ${EXEC_VERSIONS.join(' or ')}`);
  }
  if (typeof command !== 'string' || command === '') throw invalid('has no command');
  const mode = INTERACTIVE_MODES.find(known => known === interactiveMode);
  if (mode === undefined) {
    throw invalid(`has the interactiveMode "${String(interactiveMode)}", not ${INTERACTIVE_MODES.join(', ')}`);
  }
  return {
    apiVersion: version,
    command,
    args: list(args).map(String),
    env: list(env).map(variable => {
      const { name, value } = record(variable);
      if (typeof name !== 'string' || name === '') throw invalid('has a variable in env without a name');
      return { name, value: String(value ?? '') };
    }),
    interactiveMode: mode,
    provideClusterInfo: rest['provideClusterInfo'] === true,
    installHint: typeof rest['installHint'] === 'string' ? plain(rest['installHint']) : undefined,
  };
};
