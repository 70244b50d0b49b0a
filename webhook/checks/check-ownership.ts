import type { Check } from './check.ts';
import { stampSpeaks, voucherOf } from './lineage.ts';

/** Check `ownership`: a trusted stamp on this very backup says that it holds namespaces of this group. */
export const checkOwnership: Check = {
  name: 'ownership',
  judge: ({ chain: { grant }, state, found, owned }) => {
    if (found === undefined) return undefined;
    const { backup, verdict } = found;
    switch (verdict.outcome) {
      case 'none':
        return [
          {
            code: 'PointNotStamped',
            message: `backup "${backup.name}" carries no stamp: it was made before the catalogue was installed, or while it was down`,
            mend: `choose another point; an operator can adopt this one: kubectl recover stamp ${backup.name}`,
          },
        ];
      case 'invalid':
        return [
          {
            code: 'StampInvalid',
            message: `the stamp of backup "${backup.name}" does not count: ${verdict.message}`,
            mend: `choose another point: kubectl recover points ${grant.group.name}; an operator looks at the stamp: kubectl get backups.velero.io ${backup.name} -n ${backup.namespace} -o yaml >FILE; kubectl recover inspect FILE`,
          },
        ];
      case 'valid':
        break;
    }
    if (!stampSpeaks(verdict.claims, voucherOf(grant), state)) {
      return [
        {
          code: 'StampInvalid',
          message: `the stamp of backup "${backup.name}" is of cluster "${verdict.issuer}", which does not speak for this group, or did not any more at that time`,
          mend: `list the points that count with: kubectl recover points ${grant.group.name}`,
        },
      ];
    }
    if (owned !== undefined) return [];
    return [
      {
        code: 'PointNotOwned',
        message: `backup "${backup.name}" holds no namespace of group "${grant.group.name}"`,
        mend: `list the points of the group with: kubectl recover points ${grant.group.name}`,
      },
    ];
  },
};
