import { delimiter } from 'node:path';
import type { RecoveryEnvironment, TestUser } from '../environment/recovery-environment.ts';

/** Somebody at a shell: a login in both clusters, as the contexts "prod" (the current one) and "dr". */
export interface Person {
  readonly name: string;
  /** The whole environment of their commands. */
  readonly env: Readonly<Record<string, string>>;
}

export const personOf = (
  { name, kubeconfigs }: TestUser,
  { environment }: RecoveryEnvironment,
  commandFolder: string,
): Person => ({
  name,
  env: {
    PATH: [commandFolder, process.env['PATH'] ?? ''].join(delimiter),
    KUBECONFIG: [kubeconfigs.prod, kubeconfigs.dr].join(delimiter),
    // kubectl and velero keep caches there; those of whoever looks on stay as they are.
    HOME: environment.dir,
  },
});
