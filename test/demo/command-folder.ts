import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RecoveryEnvironment } from '../environment/recovery-environment.ts';

const PLUGIN = fileURLToPath(new URL('../../plugin/main.ts', import.meta.url));

/** Makes a folder for PATH with kubectl, velero, and the plugin where kubectl looks for it. */
export const makeCommandFolder = async ({ environment }: RecoveryEnvironment): Promise<string> => {
  const folder = join(environment.dir, 'bin');
  await mkdir(folder);
  for (const tool of ['kubectl', 'velero']) await symlink(environment.tools.path(tool), join(folder, tool));
  const start = `#!/bin/sh\nexec "${process.execPath}" "${PLUGIN}" "$@"\n`;
  await writeFile(join(folder, 'kubectl-recover'), start, { mode: 0o755 });
  return folder;
};
