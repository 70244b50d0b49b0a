import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LABELS } from '../../api/names.ts';
import type { Cluster } from '../clusters/cluster.ts';
import { waitUntil } from '../clusters/wait-until.ts';
import { quietReporter } from '../environment/quiet-reporter.ts';
import {
  type ClusterName,
  type RecoveryEnvironment,
  startRecoveryEnvironment,
} from '../environment/recovery-environment.ts';
import { defineRecipes, deploy, sampleApplication } from '../environment/sample-application.ts';
import { backUp, emptyNamespaces, registerGroup, syncBackups } from '../environment/team-work.ts';

/**
 * Velero does its daily work in both clusters: in prod behind all walls, in dr with the walls taken down. It must not
 * notice the difference: no write of it is refused, and its log has no kind of complaint that it has not without. Who has
 * it work is an operator who holds our ClusterRole and nothing else.
 */

const VELERO = 'system:serviceaccount:velero:velero';

let environment: RecoveryEnvironment;

interface AuditEvent {
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username: string };
  readonly responseStatus?: { readonly code?: number; readonly reason?: string };
}

const auditEvents = async ({ logDir }: Cluster): Promise<readonly AuditEvent[]> => {
  const lines = (await readFile(join(logDir, 'audit.log'), 'utf8')).split('\n');
  return lines.filter(line => line !== '').map(line => JSON.parse(line) as AuditEvent);
};

/** Warnings and errors in Velero's log by their wording, without what differs from run to run. */
const complaints = async ({ logDir, name }: Cluster): Promise<ReadonlySet<string>> => {
  const lines = (await readFile(join(logDir, 'velero.log'), 'utf8')).split('\n');
  const wordings = lines
    .filter(line => /level=(warning|error)/.test(line))
    .map(line => /msg="((?:[^"\\]|\\.)*)"/.exec(line)?.[1] ?? line)
    .map(wording =>
      wording
        .replaceAll(name, 'CLUSTER')
        .replaceAll(/\\"[^"\\]*\\"/g, 'NAME')
        .replaceAll(/\b[\w.-]+\/[\w./-]+/g, 'NAME')
        .replaceAll(/\b[0-9a-f-]{5,}\b/g, 'ID'),
    );
  return new Set(wordings);
};

const waitForCount = (cluster: Cluster, what: string, count: number, ...args: readonly string[]): Promise<void> =>
  waitUntil(
    what,
    async () => (await cluster.kubectl('get', ...args, '-o', 'name')).split('\n').filter(Boolean).length === count,
    {
      timeoutSeconds: 90,
    },
  );

/** The cluster, with Velero's command under the login of an operator who has the ClusterRole for that alone. */
const asOperator = async (cluster: ClusterName): Promise<Cluster> => {
  const { [cluster]: it } = environment.clusters;
  const { kubeconfigs } = await environment.user('dora');
  const role = '--clusterrole=kubectl-recover-operator';
  await it.kubectl('create', 'clusterrolebinding', 'dora-operates', role, '--user=dora');
  const velero = (...args: readonly string[]) => it.velero(`--kubeconfig=${kubeconfigs[cluster]}`, ...args);
  const may = ['auth', 'can-i', 'create', 'schedules.velero.io', '-n', 'velero', '--as=dora', '-q'];
  await waitUntil(
    'dora to have her rights',
    () =>
      it.kubectl(...may).then(
        () => true,
        () => false,
      ),
    {
      timeoutSeconds: 30,
    },
  );
  return { ...it, velero };
};

/** What Velero does on any day: location, schedule, backup, logs, restore, deletion. */
const dailyWork = async (cluster: ClusterName): Promise<void> => {
  const it = await asOperator(cluster);
  const owner = await environment.user('alice');
  const shop = sampleApplication('shop', 'alice');
  await defineRecipes(it);
  await deploy(it, shop);
  await registerGroup(owner, cluster, 'shop', shop.namespaces);
  await it.velero('schedule', 'create', 'yearly', '--schedule', '0 0 1 1 *');
  expect(await it.velero('backup-location', 'get')).toContain('default');
  await it.velero('backup', 'create', `${cluster}-scheduled`, '--from-schedule', 'yearly');
  expect(await backUp(it, `${cluster}-whole`)).toBe('Completed');
  expect(await it.velero('backup', 'logs', `${cluster}-whole`)).toContain('Backed up a total of');
  expect(await it.velero('backup', 'describe', `${cluster}-whole`, '--details')).toContain('Completed');
  await emptyNamespaces(it, shop);
  const args = ['shop', '--point', `${cluster}-whole`, '--context', cluster, '--yes'];
  const recovered = await owner.recover(...args);
  expect(recovered.stderr).toContain('items restored');
  expect(recovered.exitCode).toBe(0);
  await it.velero('backup', 'delete', `${cluster}-scheduled`, '--confirm');
  await waitForCount(
    it,
    'the backup to be deleted',
    0,
    'backups.velero.io',
    '-n',
    'velero',
    '-l',
    'velero.io/schedule-name=yearly',
  );
  await it.velero('schedule', 'pause', 'yearly');
  await it.velero('schedule', 'delete', 'yearly', '--confirm');
};

beforeAll(async () => {
  const rules = [
    { level: 'Metadata', users: [VELERO], verbs: ['create', 'update', 'patch', 'delete'] },
    { level: 'None' },
  ];
  const auditPolicy = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages: ['RequestReceived'], rules };
  environment = await startRecoveryEnvironment({ report: quietReporter, cluster: { auditPolicy } });
  const { dr } = environment.clusters;
  await dr.kubectl('delete', 'validatingadmissionpolicybinding', '-l', LABELS.wall);
  for (const cluster of ['prod', 'dr'] as const) await dailyWork(cluster);
  await syncBackups(environment, 'prod', 'dr-whole');
  await syncBackups(environment, 'dr', 'prod-whole');
});

afterAll(async () => {
  await environment?.stop();
});

describe('Velero behind all walls', () => {
  test('the walls do stand in prod, and in prod only', async () => {
    const show = (cluster: ClusterName) => environment.operator.recover('cluster', 'show', '--context', cluster);
    expect((await show('prod')).stdout).toMatch(/Mode:\s+Enforce/);
    await expect.poll(async () => (await show('dr')).stdout, { timeout: 30_000 }).toMatch(/Mode:\s+Unknown/);
  });

  test('who operates it holds no right to a Restore of his own making, to break-glass or to a Secret there', async () => {
    const { prod } = environment.clusters;
    const denied = async (...what: readonly string[]): Promise<boolean> =>
      prod.kubectl('auth', 'can-i', ...what, '-n', 'velero', '--as=dora', '-q').then(
        () => false,
        () => true,
      );
    for (const verb of ['create', 'update', 'patch', 'bypass'])
      expect(await denied(verb, 'restores.velero.io')).toBe(true);
    for (const kind of ['secrets', 'pods', 'configmaps']) expect(await denied('get', kind)).toBe(true);
    expect(await denied('create', 'serviceaccounts/token')).toBe(true);
    expect(await denied('operate', 'restores.velero.io')).toBe(false);
    for (const kind of ['backupstoragelocations', 'schedules', 'deletebackuprequests', 'downloadrequests']) {
      expect(await denied('create', `${kind}.velero.io`)).toBe(false);
    }
  });

  test('none of its writes was refused', async () => {
    const events = (await auditEvents(environment.clusters.prod)).filter(({ user }) => user.username === VELERO);
    expect(events.length).toBeGreaterThan(50);
    const refused = events.filter(({ responseStatus }) => [403, 422, 500].includes(responseStatus?.code ?? 0));
    expect(refused.map(({ verb, requestURI }) => `${verb} ${requestURI}`)).toEqual([]);
  });

  test('its log complains of nothing that it does not complain of without walls', async () => {
    const [behind, without] = await Promise.all([
      complaints(environment.clusters.prod),
      complaints(environment.clusters.dr),
    ]);
    expect([...behind].filter(wording => !without.has(wording))).toEqual([]);
  });
});
