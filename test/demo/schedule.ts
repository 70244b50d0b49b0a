import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from '../clusters/cluster.ts';
import { waitUntil } from '../clusters/wait-until.ts';

export const SCHEDULE = 'hourly';

interface ScheduledBackup {
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly status?: { readonly phase?: string };
}

const LEAST_LEAD_MS = 5_000;
const MINUTE_MS = 60_000;

/** The next full minute that a Schedule can still be created before, and a cron expression that means it once an hour. */
export const nextRun = (now: Date): { readonly cron: string; readonly time: Date } => {
  const time = new Date(Math.ceil((now.getTime() + LEAST_LEAD_MS) / MINUTE_MS) * MINUTE_MS);
  return { cron: `${time.getMinutes()} * * * *`, time };
};

/** The newest Backup that the Schedule made; undefined while there is none. */
export const scheduledBackup = async (cluster: Cluster): Promise<ScheduledBackup | undefined> => {
  const output = await cluster.kubectl(
    ...['get', 'backups.velero.io', '-n', 'velero', '-l', `velero.io/schedule-name=${SCHEDULE}`, '-o', 'json'],
  );
  const { items } = JSON.parse(output) as { readonly items: readonly ScheduledBackup[] };
  // Their names end in the time.
  return [...items].sort((a, b) => a.metadata.name.localeCompare(b.metadata.name)).at(-1);
};

/** Waits for the Schedule's time, and no longer for Velero's look at it than need be. */
export const passTime = async ({ veleroServer }: Cluster, time: Date, signal: AbortSignal): Promise<void> => {
  // Velero looks at its schedules when it starts and then once a minute (scheduleSyncPeriod). It is stopped meanwhile,
  // since a stop after that time could meet the backup, which Velero would then call failed.
  await veleroServer.stop();
  await sleep(Math.max(0, time.getTime() - Date.now()) + 1000, undefined, { signal });
  await veleroServer.start();
};

/** Waits until the Schedule's Backup is at its end, however that is. */
export const waitForScheduledBackup = async (
  cluster: Cluster,
  signal: AbortSignal,
): Promise<ScheduledBackup | undefined> => {
  let backup: ScheduledBackup | undefined;
  const ends = ['Completed', 'PartiallyFailed', 'Failed', 'FailedValidation'];
  await waitUntil(
    'a backup of the schedule at its end',
    async () => {
      signal.throwIfAborted();
      backup = await scheduledBackup(cluster);
      return ends.includes(backup?.status?.phase ?? '');
    },
    { timeoutSeconds: 150, everyMilliseconds: 500 },
  );
  return backup;
};
