import { ANNOTATIONS } from '../../api/names.ts';
import { nextRun, passTime, SCHEDULE, waitForScheduledBackup } from './schedule.ts';
import type { Step } from './step.ts';

/** Whoever wrote the Schedule, by the API server's own record. */
const WRITERS = 'jsonpath={.metadata.managedFields[*].manager}';

export const backUpBySchedule: Step = {
  title: 'The operator’s Velero Schedule backs up the whole cluster, as it always did',
  run: async ({ operator, environment }, stage) => {
    const { prod } = environment.clusters;
    const { cron, time } = nextRun(new Date());
    await stage.run(operator, 'velero', 'schedule', 'create', SCHEDULE, '--schedule', cron, '--kubecontext', 'prod');
    stage.tell(
      `It is due at ${time.toLocaleTimeString('en-GB')}. Velero is restarted then: by itself it looks once a minute.`,
    );
    await passTime(prod, time, stage.signal);
    const backup = await waitForScheduledBackup(prod, stage.signal);
    const get = ['kubectl', '--context', 'prod', '-n', 'velero', 'get'] as const;
    await stage.run(operator, ...get, 'backups.velero.io', '-L', 'velero.io/schedule-name');
    stage.check('the Schedule’s backup is Completed', backup?.status?.phase === 'Completed');
    stage.check(
      'the catalogue stamped it with the groups that it holds',
      backup?.metadata.annotations?.[ANNOTATIONS.stamp] !== undefined,
    );
    const writers = await stage.run(operator, ...get, 'schedule', SCHEDULE, '--show-managed-fields', '-o', WRITERS);
    const others = writers.stdout.split(' ').filter(name => !name.startsWith('velero'));
    stage.check('nobody but Velero has written the Schedule', others.length === 0);
  },
};
