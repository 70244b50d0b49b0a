import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One run of a login program, as it saw itself. */
export interface SeenLogin {
  readonly args: readonly string[];
  readonly info: { readonly kind: string; readonly apiVersion: string; readonly spec: Record<string, unknown> };
  readonly env: Readonly<Record<string, string>>;
}

export interface LoginStatus {
  readonly token?: string;
  readonly clientCertificateData?: string;
  readonly clientKeyData?: string;
  readonly expirationTimestamp?: string;
}

const V1 = 'client.authentication.k8s.io/v1';

/** A real login program on disk: it keeps how it was run and answers with what it was last told. */
export class LoginProgram {
  readonly folder = mkdtempSync(join(tmpdir(), 'recover-exec-'));
  readonly command = join(this.folder, 'log-in');

  constructor(status: LoginStatus, { apiVersion = V1, before = '' } = {}) {
    this.answer(JSON.stringify({ apiVersion, kind: 'ExecCredential', status }));
    // JSON of the environment needs quoting that a shell cannot do; a login is a line for each variable, ended by NUL.
    writeFileSync(
      this.command,
      `#!/bin/sh
{ printf '%s\\0' "$@"; printf 'END\\0'; env -0; printf 'DONE\\0'; } >> '${this.folder}/seen'
${before}
cat '${this.folder}/answer'
`,
    );
    chmodSync(this.command, 0o700);
  }

  /** What it prints from now on. */
  answer(text: string): void {
    writeFileSync(join(this.folder, 'answer'), text);
  }

  /** An `exec` entry of a kubeconfig for it. */
  entry(fields: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
    return { apiVersion: V1, command: this.command, interactiveMode: 'IfAvailable', ...fields };
  }

  get seen(): readonly SeenLogin[] {
    const path = join(this.folder, 'seen');
    if (!existsSync(path)) return [];
    const runs = readFileSync(path, 'utf8').split('DONE\0').slice(0, -1);
    return runs.map(run => {
      const parts = run.split('\0').slice(0, -1);
      const end = parts.indexOf('END');
      const env = Object.fromEntries(
        parts.slice(end + 1).map(line => {
          const at = line.indexOf('=');
          return [line.slice(0, at), line.slice(at + 1)];
        }),
      );
      // printf writes one empty argument where there are none.
      const args = parts.slice(0, end);
      return {
        args: args.length === 1 && args[0] === '' ? [] : args,
        info: JSON.parse(env['KUBERNETES_EXEC_INFO'] ?? 'null'),
        env,
      };
    });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}
