import type { VeleroInstallation } from '../../api/kinds/cluster-identity.ts';
import type { modeOfWalls } from './wall-mode.ts';

/** The command that puts everything back as it was installed, in the mode that it is in. */
export const installAgain = (velero: readonly VeleroInstallation[], mode: ReturnType<typeof modeOfWalls>): string => {
  const flags = [
    ...velero.map(({ namespace, serviceAccount }) => `--velero ${namespace}/${serviceAccount}`),
    ...(mode === 'Enforce' ? ['--mode Enforce'] : []),
  ];
  return `an operator runs, with --catalogue-url if it was given before: ${['kubectl recover install', ...flags].join(' ')}`;
};
