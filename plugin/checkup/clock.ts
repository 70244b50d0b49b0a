import { RecoverError } from '../../api/recover-error.ts';
import type { Check } from './check.ts';
import type { DryRun, ExaminedCluster } from './examined-cluster.ts';
import { type Finding, ok, unknown, warning } from './finding.ts';

/** Tokens live for minutes; a clock that is off by more than this will sooner or later spoil one. */
const TOLERANCE_MS = 15_000;

/** The least by which the clocks can differ: the server tells whole seconds, somewhere between request and answer. */
const leastDifferenceMs = (serverMs: number, { sentMs, receivedMs }: Omit<DryRun, 'made'>): number => {
  if (serverMs > receivedMs) return serverMs - receivedMs;
  if (serverMs + 1000 < sentMs) return serverMs + 1000 - sentMs;
  return 0;
};

export const judgeClock = (serverTime: string, times: Omit<DryRun, 'made'>): Finding => {
  const serverMs = Date.parse(serverTime);
  if (Number.isNaN(serverMs)) {
    return unknown('the cluster’s time is not known', 'it is read from the catalogue’s answer: see the lines above');
  }
  const difference = leastDifferenceMs(serverMs, times);
  if (Math.abs(difference) <= TOLERANCE_MS) return ok('the clocks of this machine and of the cluster agree');
  const seconds = Math.floor(Math.abs(difference) / 1000);
  return warning(
    `the clock of this machine is ${seconds} s ${difference > 0 ? 'behind' : 'ahead of'} that of the cluster`,
    'set the clock by NTP: tokens live for minutes',
  );
};

const timed = async (cluster: ExaminedCluster): Promise<DryRun | undefined> => {
  try {
    return await cluster.dryRun();
  } catch (error) {
    // Why is told by the catalogue's own line.
    if (error instanceof RecoverError) return undefined;
    throw error;
  }
};

/** The local clock against that of the API server. */
export const clock: Check = {
  name: 'clock',
  examine: async cluster => {
    const dryRun = await timed(cluster);
    return [judgeClock(dryRun?.made.metadata.creationTimestamp ?? '', dryRun ?? { sentMs: 0, receivedMs: 0 })];
  },
};
