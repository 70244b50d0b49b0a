import type { VeleroInstallation } from '../../api/kinds/cluster-identity.ts';
import { findVelero } from '../cluster/find-velero.ts';
import { allInOrder } from './all-in-order.ts';
import type { Check } from './check.ts';
import { type Finding, failed, ok, quoted, warning } from './finding.ts';

const nameOf = ({ namespace, serviceAccount }: VeleroInstallation): string => `${namespace}/${serviceAccount}`;

/** Compares the installations that are there with those that the operator confirmed and the walls know. */
export const judgeDrift = (
  found: readonly VeleroInstallation[],
  confirmed: readonly VeleroInstallation[] | undefined,
): Finding[] => {
  const [there, known] = [found.map(nameOf), (confirmed ?? []).map(nameOf)];
  const unconfirmed = there.filter(name => !known.includes(name));
  const gone = known.filter(name => !there.includes(name));
  const install = `an operator confirms what is right: kubectl recover install ${there.map(name => `--velero ${name}`).join(' ')}`;
  if (unconfirmed.length === 0 && gone.length === 0) return [ok(`Velero runs as ${quoted(there)}, as confirmed`)];
  return [
    ...(unconfirmed.length === 0
      ? []
      : [
          failed(
            `Velero runs as ${quoted(unconfirmed)}, which nobody confirmed: the walls take it for a stranger`,
            install,
          ),
        ]),
    ...(gone.length === 0
      ? []
      : [warning(`${quoted(gone)} is trusted as Velero, but no such Velero is there`, install)]),
  ];
};

/** Velero's API, and its installations against those in `ClusterIdentity/self`. */
export const velero: Check = {
  name: 'velero',
  examine: async cluster => {
    const [found, self] = await allInOrder([findVelero(cluster.access), cluster.self()]);
    return judgeDrift(found, self?.spec.velero);
  },
};
