import { spawn } from 'node:child_process';
import { ConnectionSetupError } from './api-error.ts';
import type { ExecConfig } from './exec-config.ts';

/** The place where a login program runs. */
export interface LoginTerminal {
  /** Of the program; absent: that of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Whether a person sits at stdin. */
  readonly stdinIsTTY: boolean;
  /** Takes what the program says on stderr, unless it has the terminal for itself. */
  readonly say: (text: string) => void;
}

/** `ExecCredential.spec.cluster` of client.authentication.k8s.io. */
export interface ExecCluster {
  readonly server: string;
  readonly 'tls-server-name'?: string;
  readonly 'insecure-skip-tls-verify'?: boolean;
  /** PEM in base64. */
  readonly 'certificate-authority-data'?: string;
  readonly 'proxy-url'?: string;
  /** The extension `client.authentication.k8s.io/exec` of the cluster in the kubeconfig, as it stands there. */
  readonly config?: unknown;
}

/** What a login program gave. */
export interface ExecCredential {
  readonly token: string | undefined;
  /** PEM. */
  readonly clientCertificate: { readonly cert: string; readonly key: string } | undefined;
  /** Milliseconds since the epoch; absent: as long as the command runs. */
  readonly expiryTime: number | undefined;
}

const named = ({ command }: ExecConfig): string => `login program "${command}"`;

const isInteractive = (config: ExecConfig, { stdinIsTTY }: LoginTerminal): boolean => {
  switch (config.interactiveMode) {
    case 'Never':
      return false;
    case 'IfAvailable':
      return stdinIsTTY;
    case 'Always':
      if (stdinIsTTY) return true;
      throw new ConnectionSetupError(
        `${named(config)} has to ask somebody, and standard input is not a terminal`,
        'run the command at a terminal, or log in with a user of the kubeconfig that asks nobody',
      );
  }
};

interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

const run = (config: ExecConfig, info: string, isAtTerminal: boolean, terminal: LoginTerminal): Promise<Ended> => {
  const { promise, resolve, reject } = Promise.withResolvers<Ended>();
  const child = spawn(config.command, config.args, {
    env: {
      ...(terminal.env ?? process.env),
      ...Object.fromEntries(config.env.map(({ name, value }) => [name, value])),
      KUBERNETES_EXEC_INFO: info,
    },
    stdio: isAtTerminal ? ['inherit', 'pipe', 'inherit'] : ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr]: Buffer[][] = [[], []];
  child.stdout?.on('data', (chunk: Buffer) => stdout?.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr?.push(chunk);
    terminal.say(chunk.toString('utf8'));
  });
  child.once('error', reject);
  child.once('close', (exitCode, signal) => {
    const text = (chunks: readonly Buffer[] = []): string => Buffer.concat(chunks).toString('utf8');
    resolve({ stdout: text(stdout), stderr: text(stderr), exitCode, signal });
  });
  return promise;
};

const notStarted = (config: ExecConfig, cause: unknown): ConnectionSetupError => {
  const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
  const why = isMissing ? 'is not found' : `cannot be started: ${cause instanceof Error ? cause.message : cause}`;
  return new ConnectionSetupError(
    `${named(config)} ${why}`,
    config.installHint || 'install the program that the user in the kubeconfig names',
    { cause },
  );
};

const failed = (config: ExecConfig, { exitCode, signal, stderr }: Ended): ConnectionSetupError => {
  const how = exitCode === null ? `was ended by ${signal}` : `failed with exit code ${exitCode}`;
  const said = stderr.split('\n').find(line => line.trim() !== '');
  return new ConnectionSetupError(
    `${named(config)} ${how}${said === undefined ? '' : `: ${said.trim()}`}`,
    'log in as the program says, then run the command again',
  );
};

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined;

const textIn = (value: unknown, name: string): string | undefined => {
  const found = field(value, name);
  return typeof found === 'string' && found !== '' ? found : undefined;
};

/** Nothing of the answer stands in an error: it may hold a token. */
const parseAnswer = (config: ExecConfig, stdout: string): ExecCredential => {
  const invalid = (what: string): ConnectionSetupError =>
    new ConnectionSetupError(`${named(config)} ${what}`, 'update the program, or tell its maker');
  let answer: unknown;
  try {
    answer = JSON.parse(stdout);
  } catch {
    throw invalid('does not answer in JSON');
  }
  if (field(answer, 'kind') !== 'ExecCredential') throw invalid('does not answer with an ExecCredential');
  if (field(answer, 'apiVersion') !== config.apiVersion) {
    throw invalid(`answers with another apiVersion than "${config.apiVersion}", which the kubeconfig says`);
  }
  const status = field(answer, 'status');
  const token = textIn(status, 'token');
  const cert = textIn(status, 'clientCertificateData');
  const key = textIn(status, 'clientKeyData');
  if (cert === undefined && key === undefined && token === undefined) {
    throw invalid('answers with neither a token nor a client certificate');
  }
  if ((cert === undefined) !== (key === undefined)) throw invalid('answers with a certificate or a key, not both');
  const expiry = textIn(status, 'expirationTimestamp');
  const expiryTime = expiry === undefined ? undefined : Date.parse(expiry);
  if (Number.isNaN(expiryTime)) throw invalid('answers with an expirationTimestamp that is no time');
  return {
    token,
    clientCertificate: cert === undefined || key === undefined ? undefined : { cert, key },
    expiryTime,
  };
};

/**
 * Runs a login program once, as client-go does: what it needs to know in KUBERNETES_EXEC_INFO, the terminal for its
 * questions if it may ask. https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
 * @throws ConnectionSetupError
 */
export const getExecCredential = async (
  config: ExecConfig,
  cluster: ExecCluster,
  terminal: LoginTerminal,
): Promise<ExecCredential> => {
  const interactive = isInteractive(config, terminal);
  const spec = { ...(config.provideClusterInfo ? { cluster } : {}), interactive };
  const info = JSON.stringify({ kind: 'ExecCredential', apiVersion: config.apiVersion, spec });
  let ended: Ended;
  try {
    ended = await run(config, info, interactive, terminal);
  } catch (cause) {
    throw notStarted(config, cause);
  }
  if (ended.exitCode !== 0) throw failed(config, ended);
  return parseAnswer(config, ended.stdout);
};
