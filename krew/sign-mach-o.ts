import { fileURLToPath } from 'node:url';
import { runCommand } from '../test/clusters/run-command.ts';

const IDENTIFIER = 'kubectl-recover';

/**
 * Gives a macOS executable an ad-hoc signature: arm64 Macs kill what has none. It names nobody; krew's checksum is what
 * people trust. Go builds quill on first use and keeps it in its cache.
 */
export const signMachO = async (path: string): Promise<void> => {
  const folder = fileURLToPath(new URL('tools/quill', import.meta.url));
  const inherited = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const env = { ...Object.fromEntries(inherited), GOFLAGS: '-mod=readonly', GOWORK: 'off', CGO_ENABLED: '0' };
  await runCommand('go', ['tool', 'quill', 'sign', '--ad-hoc', '--identity', IDENTIFIER, path], { cwd: folder, env });
};
