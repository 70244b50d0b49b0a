import type { RestoreFlags } from '../recovery/restore-choice.ts';

const strings = (describe: string) =>
  ({ type: 'string', array: true, nargs: 1, default: [] as string[], describe }) as const;

/** The flags that say which point. */
export const POINT_OPTIONS = {
  latest: { type: 'boolean', default: false, describe: 'The newest recovery point that can be used' },
  point: { type: 'string', requiresArg: true, describe: 'This recovery point' },
  at: {
    type: 'string',
    requiresArg: true,
    describe: 'The newest point at or before a time: RFC 3339, -2h, 04:00',
  },
} as const;

/** The flags that say what of a point is recovered, and how; the access token is signed over them. */
export const RESTORE_OPTIONS = {
  map: strings('Recover namespace OLD into NEW, as OLD=NEW; may be repeated'),
  'include-resources': strings('Only these resources, as deployments.apps; may be repeated'),
  'exclude-resources': strings('Not these resources; may be repeated'),
  selector: { type: 'string', alias: 'l', requiresArg: true, describe: 'Only objects with these labels' },
  volumes: {
    choices: ['restore', 'skip'] as const,
    requiresArg: true,
    default: 'restore' as const,
    describe: 'Bring data of volumes back',
  },
  'existing-resources': {
    choices: ['keep', 'update'] as const,
    requiresArg: true,
    default: 'keep' as const,
    describe: 'What becomes of objects that are there',
  },
  reason: { type: 'string', requiresArg: true, describe: 'Why; policies may ask for it' },
  'workload-timeout': {
    type: 'string',
    requiresArg: true,
    default: '10m',
    describe: 'How long workloads may take to come up',
  },
} as const;

/** Those of them that say what is recovered. */
export const restoreFlags = (flags: RestoreFlags): RestoreFlags => ({
  map: flags.map,
  includeResources: flags.includeResources,
  excludeResources: flags.excludeResources,
  selector: flags.selector,
  volumes: flags.volumes,
  existingResources: flags.existingResources,
});
