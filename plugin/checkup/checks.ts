import { apiServer } from './api-server.ts';
import { openNamespaces, restoresByHand } from './break-glass.ts';
import { caller } from './caller.ts';
import { catalogueAnswers, catalogueReport } from './catalogue.ts';
import { certificateAuthority } from './certificate-authority.ts';
import type { Check } from './check.ts';
import { clock } from './clock.ts';
import { marks } from './marks.ts';
import { peers } from './peers.ts';
import { place } from './place.ts';
import { restorers } from './restorers.ts';
import { rights } from './rights.ts';
import { sharedPrefixes } from './shared-prefixes.ts';
import { storageLocations } from './storage-locations.ts';
import { unstampedBackups } from './unstamped-backups.ts';
import { velero } from './velero.ts';
import { veleroVersion } from './velero-version.ts';
import { wallModes, walls } from './walls.ts';
import { webhooks } from './webhooks.ts';
import { wouldBeRefused } from './would-be-refused.ts';

/** Without it nothing else can be seen. */
export const FIRST_CHECK: Check = apiServer;

/** What `kubectl recover check` looks at after that, in this order. */
export const CHECKS: readonly Check[] = [
  caller,
  rights,
  velero,
  veleroVersion,
  storageLocations,
  sharedPrefixes,
  catalogueReport,
  catalogueAnswers,
  certificateAuthority,
  webhooks,
  walls,
  wallModes,
  restorers,
  wouldBeRefused,
  clock,
  place,
  peers,
  unstampedBackups,
  openNamespaces,
  restoresByHand,
  marks,
];

/** What must be right before the walls are enforced: else the recoveries, or Velero itself, would be refused. */
export const BEFORE_ENFORCING: readonly Check[] = [velero, catalogueAnswers, walls];
