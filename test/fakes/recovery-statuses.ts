import type { RecoveryStatus } from '../../api/kinds/recovery.ts';
import { conditionOf } from './fake-catalogue.ts';

/** A recovery of the group `shop` on its way, as its catalogue tells of it. */

const CHECKED: RecoveryStatus = {
  checks: [
    { check: 'token', outcome: 'Passed' },
    { check: 'targets', outcome: 'Passed' },
  ],
  point: { backup: 'nightly-2', namespace: 'velero', source: 'prod', startTime: '2026-03-02T03:00:00Z' },
  targets: [
    { source: 'shop', name: 'shop', uid: 'u1', reserved: false },
    { source: 'shop-db', name: 'shop-db', uid: 'u2', reserved: true },
  ],
  restoreRef: { namespace: 'velero', name: 'recovery-0a1b2c3d4e' },
  conditions: [conditionOf('Validated', 'True'), conditionOf('TokenIssued', 'True'), conditionOf('Admitted', 'True')],
};

const GIB = 1024 ** 3;

/** Velero restores items, and moves the data of volumes. */
export const RESTORING: RecoveryStatus = {
  ...CHECKED,
  progress: {
    phase: 'InProgress',
    itemsRestored: 12,
    totalItems: 40,
    volumes: { completed: 1, failed: 0, total: 3, bytesDone: 1.25 * GIB, totalBytes: 4 * GIB },
  },
};

const RESTORED: RecoveryStatus = {
  ...CHECKED,
  progress: {
    phase: 'Completed',
    itemsRestored: 40,
    totalItems: 40,
    volumes: { completed: 3, failed: 0, total: 3, bytesDone: 4 * GIB, totalBytes: 4 * GIB },
  },
  restoreCompletionTime: '2026-03-02T12:00:30Z',
};

/** Velero is done, and failed on some items. */
export const PARTIALLY_FAILED: RecoveryStatus = {
  ...RESTORED,
  progress: { phase: 'PartiallyFailed', itemsRestored: 40, totalItems: 40 },
  results: {
    warnings: 1,
    errors: 7,
    failures: [
      'error restoring configmaps/shop/settings: admission webhook "policies.example.com" denied the request: every ConfigMap of the platform needs the label "team", and this one has none',
      'error restoring secrets/shop/payment: not told, since it is of a Secret',
    ],
  },
  conditions: [
    ...(CHECKED.conditions ?? []),
    {
      ...conditionOf(
        'Succeeded',
        'False',
        'RestorePartiallyFailed',
        'Velero restored 40 items and failed on 7 — an operator sees all of them: velero restore describe recovery-0a1b2c3d4e --details',
      ),
    },
  ],
};

/** Velero is done; a workload has not come up. */
export const STARTING: RecoveryStatus = {
  ...RESTORED,
  workloads: {
    ready: 1,
    total: 2,
    notReady: [{ kind: 'Deployment', namespace: 'shop', name: 'web', ready: 1, wanted: 3 }],
  },
};

export const RECOVERED: RecoveryStatus = {
  ...RESTORED,
  workloads: { ready: 2, total: 2, notReady: [] },
  conditions: [
    ...(CHECKED.conditions ?? []),
    { ...conditionOf('Succeeded', 'True', 'Recovered', '40 items restored, 2 of 2 workloads ready') },
  ],
};
