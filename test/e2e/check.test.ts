import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ANNOTATIONS } from '../../api/names.ts';
import { restoreSpec } from '../../api/velero/restore-spec.ts';
import { CommandFailed } from '../clusters/run-command.ts';
import { waitUntil } from '../clusters/wait-until.ts';
import { nextRun, passTime, SCHEDULE, waitForScheduledBackup } from '../demo/schedule.ts';
import { WHOLE_GROUP } from '../environment/api-user.ts';
import { deployPlain } from '../environment/plain-application.ts';
import { quietReporter } from '../environment/quiet-reporter.ts';
import {
  type RecoveryEnvironment,
  startRecoveryEnvironment,
  type TestUser,
} from '../environment/recovery-environment.ts';
import { backUp, registerGroup } from '../environment/team-work.ts';

/** `kubectl recover check` finds what is broken in a real cluster, and `mode` switches its walls. */

interface Finding {
  readonly check: string;
  readonly state: string;
  readonly what: string;
  readonly mend?: string;
}

interface Checked {
  readonly exitCode: number;
  readonly findings: readonly Finding[];
}

const WALL = 'kubectl-recover-restores';

let environment: RecoveryEnvironment;
let operator: TestUser;
let alice: TestUser;

const checkAs = async (user: TestUser): Promise<Checked> => {
  const { exitCode, stdout, stderr } = await user.recover('check', '--context', 'prod', '-o', 'json');
  expect(stderr).toBe('');
  return { exitCode, findings: (JSON.parse(stdout) as { readonly findings: readonly Finding[] }).findings };
};

const check = (): Promise<Checked> => checkAs(operator);

/** What is not ok, but for what mode Enforce would refuse, which a test of its own is about. */
const notOk = ({ findings }: Checked): readonly Finding[] =>
  findings.filter(({ check: name, state }) => state !== 'ok' && name !== 'audit');

const wallsOf = ({ findings }: Checked): readonly Finding[] =>
  findings.filter(({ check: name, state }) => name === 'walls' && state !== 'ok');

const kubectl = (...args: readonly string[]): Promise<string> => environment.clusters.prod.kubectl(...args);

/** Path of a Restore without a token, as somebody writes it by hand. */
let byHand: string;

/** What kubectl printed of a Restore by hand: a warning ends it as a refusal does, but the Restore is stored. */
const createByHand = async (...more: readonly string[]): Promise<string> => {
  try {
    return await operator.kubectl('prod', 'create', '-f', byHand, '--warnings-as-errors', ...more);
  } catch (error) {
    if (error instanceof CommandFailed) return `${error.stdout}${error.stderr}`;
    throw error;
  }
};

const eventually = (what: string, isSo: () => Promise<boolean>): Promise<void> =>
  waitUntil(what, isSo, { timeoutSeconds: 60 });

/** Breaks something, sees that the checkup finds it and nothing else, and puts it back. */
const breaking = async (breakIt: () => Promise<unknown>, mendIt: () => Promise<unknown>): Promise<Checked> => {
  await breakIt();
  try {
    return await check();
  } finally {
    await mendIt();
  }
};

/** The catalogue reports every ten seconds what it sees. */
const allOk = (): Promise<void> => eventually('all to be ok', async () => notOk(await check()).length === 0);

const stopCatalogue = () => Promise.all(environment.catalogues.prod.replicas.map(replica => replica.stop()));
const startCatalogue = () => Promise.all(environment.catalogues.prod.replicas.map(replica => replica.start()));

const install = async (): Promise<void> => {
  const { url } = environment.catalogues.prod;
  const args = ['install', '--context', 'prod', '--velero', 'velero/velero', '--catalogue-url', url, '--yes'];
  expect((await operator.recover(...args)).exitCode).toBe(0);
};

beforeAll(async () => {
  environment = await startRecoveryEnvironment({ report: quietReporter, mode: 'Audit' });
  operator = environment.operator;
  alice = await environment.user('alice');
  byHand = join(environment.clusters.prod.dir, 'by-hand.json');
  const spec = restoreSpec({ choice: WHOLE_GROUP, backupName: 'whole', sourceNamespaces: ['shop'], neverRestored: [] });
  const metadata = { name: 'by-hand', namespace: 'velero' };
  await writeFile(byHand, JSON.stringify({ apiVersion: 'velero.io/v1', kind: 'Restore', metadata, spec }));
  await eventually('the catalogue to report itself', async () => {
    const path = 'jsonpath={.status.mode}';
    return (await kubectl('get', 'clusteridentity', 'self', '-o', path)) === 'Audit';
  });
});

afterAll(async () => {
  await environment?.stop();
});

test('right after install everything is ok, on a terminal and for scripts', async () => {
  await allOk();
  const { exitCode, findings } = await check();
  expect(exitCode).toBe(0);
  expect(findings.length).toBeGreaterThanOrEqual(20);
  expect(findings).toContainEqual({
    check: 'restorers',
    state: 'ok',
    what: '1 subject may by RBAC create a Restore in namespace "velero"; past the checks with a reason, by "bypass": Group "system:masters"',
  });
  const { stdout, stderr } = await operator.recover('check', '--context', 'prod');
  expect(stdout).toMatch(/^STATE +CHECK +WHAT\nok +api-server +Kubernetes v1\./);
  expect(stderr).toMatch(/^cluster "prod": \d+ ok\n$/);
});

describe('where the cluster is', () => {
  const placeOf = async () => {
    const { findings } = await check();
    return findings.find(finding => finding.check === 'place');
  };
  const shown = async () => (await operator.recover('cluster', 'show', '--context', 'prod')).stdout;

  test('its nodes say; one that says another place is listed, and the cluster is at none', async () => {
    expect(await placeOf()).toMatchObject({ state: 'ok', what: expect.stringContaining('by its nodes') });
    await environment.clusters.prod.apply({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'stray', labels: { 'topology.kubernetes.io/region': 'us-east-1' } },
      spec: { providerID: 'aws:///us-east-1a/i-0' },
    });
    await eventually('the stray node to be told of', async () => (await placeOf())?.state === 'warning');
    expect((await placeOf())?.what).toMatch(/aws\/eu-west-1: .*; aws\/us-east-1: "stray"/);
    expect(await shown()).toMatch(/Place: +<unknown>: its nodes say different places: .*"stray"/);
    await kubectl('delete', 'node', 'stray');
    await eventually('the place to be known again', async () => (await placeOf())?.state === 'ok');
    expect(await shown()).toMatch(/Place: +aws\/eu-west-1\n/);
  });
});

test('who has no rights in the cluster gets what he may see, and is told the rights for the rest', async () => {
  const { exitCode, findings } = await checkAs(alice);
  expect(exitCode).toBe(0);
  const states = new Set(findings.map(({ state }) => state));
  expect([...states].toSorted()).toEqual(['ok', 'unknown']);
  const lacking = findings
    .filter(({ state }) => state === 'unknown')
    .map(({ check: name, what }) => `${name}: ${what}`);
  expect(lacking).toContain('stamps: you lack the right to list backups.velero.io');
  expect(lacking).toContain('catalogue: you lack the right to get clusteridentities.kubectl-recover.io');
  expect(lacking).toContain('marks: you lack the right to list namespaces');
  expect(findings).toContainEqual({ check: 'catalogue', state: 'ok', what: 'its webhooks answer' });
});

describe('what is broken is found and named', () => {
  test('a wall’s binding that is deleted', async () => {
    const checked = await breaking(() => kubectl('delete', 'validatingadmissionpolicybinding', WALL), install);
    expect(checked.exitCode).toBe(1);
    expect(wallsOf(checked)).toMatchObject([
      { check: 'walls', state: 'failed', what: `binding "${WALL}" is missing: that wall is down` },
    ]);
    await allOk();
  });

  test('a policy whose expression is altered', async () => {
    const patch = [{ op: 'replace', path: '/spec/validations/0/expression', value: 'true' }];
    const checked = await breaking(
      () => kubectl('patch', 'validatingadmissionpolicy', WALL, '--type=json', '-p', JSON.stringify(patch)),
      install,
    );
    expect(checked.exitCode).toBe(1);
    expect(wallsOf(checked)).toMatchObject([
      {
        check: 'walls',
        state: 'failed',
        what: `policy "${WALL}" is not what this version installs: "spec.validations[0].expression" differ`,
      },
    ]);
    await allOk();
  });

  test('a location that points nowhere', async () => {
    const location = (bucket: string) => async () => {
      const patch = { spec: { objectStorage: { bucket } } };
      const args = ['--type=merge', '-p', JSON.stringify(patch)];
      await kubectl('patch', 'backupstoragelocations.velero.io', 'default', '-n', 'velero', ...args);
    };
    const path = 'jsonpath={.spec.objectStorage.bucket}';
    const bucket = await kubectl('get', 'backupstoragelocations.velero.io', 'default', '-n', 'velero', '-o', path);
    // Velero looks once a minute, and when it starts.
    const { veleroServer } = environment.clusters.prod;
    const restartUntil = async (state: string): Promise<void> => {
      await veleroServer.stop();
      await veleroServer.start();
      await eventually(`the location ${state}`, async () => {
        const { findings } = await check();
        return findings.some(finding => finding.check === 'storage' && finding.state === state);
      });
    };
    const checked = await breaking(
      async () => {
        await location('nowhere')();
        await restartUntil('failed');
      },
      async () => {
        await location(bucket)();
        await veleroServer.stop();
        await veleroServer.start();
        await allOk();
      },
    );
    expect(checked.exitCode).toBe(1);
    expect(notOk(checked)).toMatchObject([
      { check: 'storage', state: 'failed', what: expect.stringContaining('"velero/default" is Unavailable') },
    ]);
  });

  test('a namespace that is open to restores by hand', async () => {
    await kubectl('create', 'namespace', 'emergency');
    const checked = await breaking(
      () => kubectl('annotate', 'namespace', 'emergency', `${ANNOTATIONS.bypassReason}=INC-42`),
      () => kubectl('annotate', 'namespace', 'emergency', `${ANNOTATIONS.bypassReason}-`),
    );
    expect(checked.exitCode).toBe(0);
    expect(notOk(checked)).toMatchObject([
      {
        check: 'break-glass',
        state: 'warning',
        what: 'namespace "emergency" is open to restores by hand: INC-42',
        mend: expect.stringContaining('kubectl annotate namespace emergency'),
      },
    ]);
  });
});

describe('in mode Audit', () => {
  const audited = ({ findings }: Checked): readonly Finding[] => findings.filter(({ check: name }) => name === 'audit');

  test('who would be refused is warned, counted, and listed with how often, also by a new replica', async () => {
    const { prod } = environment.clusters;
    const restoring = '--resource=restores.velero.io,schedules.velero.io';
    await prod.kubectl('create', 'role', 'restorer', '-n', 'velero', '--verb=create,get,patch', restoring);
    await prod.kubectl('create', 'rolebinding', 'restorer', '-n', 'velero', '--role=restorer', '--user=bob');
    const bob = await environment.user('bob');
    const of = (kind: string, name: string, spec: object) =>
      JSON.stringify({ apiVersion: 'velero.io/v1', kind, metadata: { name, namespace: 'velero' }, spec });
    const createAsBob = async (name: string, ...more: readonly string[]): Promise<void> => {
      const path = join(prod.dir, `${name}.json`);
      const isSchedule = name.startsWith('schedule');
      await writeFile(
        path,
        isSchedule
          ? of('Schedule', name, { schedule: '0 0 1 1 *', template: {} })
          : of('Restore', name, { backupName: 'none' }),
      );
      await bob.kubectl('prod', 'create', '-f', path, ...more);
    };
    await eventually('bob to have his rights', async () => {
      return createAsBob('try', '--dry-run=server').then(
        () => true,
        () => false,
      );
    });
    for (const name of ['bare-1', 'bare-2', 'schedule-1']) await createAsBob(name);
    await bob.kubectl(
      'prod',
      'patch',
      'restore.velero.io',
      'bare-1',
      '-n',
      'velero',
      '--type=merge',
      '-p',
      '{"spec":{"backupName":"other"}}',
    );
    await bob.kubectl(
      'prod',
      'patch',
      'schedule.velero.io',
      'schedule-1',
      '-n',
      'velero',
      '--type=merge',
      '-p',
      '{"metadata":{"labels":{"a":"b"}}}',
    );
    // The operator may: nothing is counted of him but the Restore.
    await operator.kubectl('prod', 'delete', 'schedule.velero.io', 'schedule-1', '-n', 'velero');
    await eventually('it to be written down', async () => {
      const [first] = audited(await check());
      return first?.what.includes('update Restore') === true && first.what.includes('create Schedule');
    });
    await Promise.all(environment.catalogues.prod.replicas.map(replica => replica.stop()));
    await Promise.all(environment.catalogues.prod.replicas.map(replica => replica.start()));
    const [finding, ...others] = audited(await check());
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ state: 'warning', mend: expect.stringContaining('kubectl-recover-operator') });
    expect(finding?.what).toMatch(/^"bob" would be refused in mode Enforce: /);
    expect(finding?.what).toContain('create Restore 2 times (wall 1, last ');
    expect(finding?.what).toContain('update Restore 1 time (wall 2, last ');
    expect(finding?.what).toContain('create Schedule 1 time (wall 3, last ');
    const [said] = (await check()).findings.filter(({ check: name }) => name === 'restorers');
    expect(said?.what).toContain('never, in mode Enforce: User "bob"');
    await prod.kubectl('delete', 'rolebinding', 'restorer', '-n', 'velero');
    await allOk();
  });
});

describe('the mode', () => {
  test('is shown, also for scripts', async () => {
    expect((await operator.recover('mode', '--context', 'prod')).stdout).toMatch(/^Mode: Audit\n/);
    const { stdout } = await operator.recover('mode', '--context', 'prod', '-o', 'json');
    expect(JSON.parse(stdout)).toMatchObject({ mode: 'Audit', webhook: { failurePolicy: 'Ignore' } });
  });

  test('cannot be shown or switched without the right to', async () => {
    for (const args of [[], ['enforce', '--yes']]) {
      const { exitCode, stderr } = await alice.recover('mode', ...args, '--context', 'prod');
      expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringContaining('(Forbidden)') });
    }
  });

  test('a dry run judges the switch and changes nothing', async () => {
    const { exitCode, stderr } = await operator.recover('mode', 'enforce', '--context', 'prod', '--dry-run=server');
    expect({ exitCode, stderr }).toEqual({
      exitCode: 0,
      stderr: expect.stringContaining('dry run: nothing was changed'),
    });
    expect(stderr).toContain(`binding "${WALL}": Warn,Audit -> Deny,Audit`);
    expect((await operator.recover('mode', '--context', 'prod')).stdout).toMatch(/^Mode: Audit\n/);
  });

  test('enforce has a bare Restore refused, audit lets it pass with a warning; doing it twice changes nothing', async () => {
    const enforced = await operator.recover('mode', 'enforce', '--context', 'prod', '--yes');
    expect(enforced.stderr).toContain('cluster "prod" is in mode Enforce');
    expect(enforced.exitCode).toBe(0);
    await eventually('the walls to refuse', async () =>
      /^Error from server.*TokenMissing/.test(await createByHand('--dry-run=server')),
    );
    const { url } = environment.catalogues.prod;
    const again = ['install', '--context', 'prod', '--catalogue-url', url, '--velero', 'velero/velero', '--yes'];
    expect((await operator.recover(...again)).stderr).toContain('mode Enforce');
    expect(await operator.recover('mode', 'enforce', '--context', 'prod')).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: 'cluster "prod" is in mode Enforce already\n',
    });
    await eventually('the catalogue to follow', async () => {
      const { findings } = await check();
      return findings.some(({ check: name, what }) => name === 'catalogue' && what.endsWith('mode Enforce'));
    });
    expect(notOk(await check())).toEqual([]);

    expect((await operator.recover('mode', 'audit', '--context', 'prod', '--yes')).exitCode).toBe(0);
    await eventually('walls and catalogue to let it pass', async () =>
      (await createByHand('--dry-run=server')).includes('restore.velero.io/by-hand created'),
    );
    expect(await createByHand()).toMatch(/^restore.velero.io\/by-hand created\nWarning: .*TokenMissing/);
    expect(await kubectl('get', 'restores.velero.io', '-n', 'velero', '-o', 'name')).toContain('by-hand');
    await eventually('the catalogue to follow', async () => {
      const { findings } = await check();
      return findings.some(({ check: name, what }) => name === 'catalogue' && what.endsWith('mode Audit'));
    });
  });

  test('an installation into the cluster names the image of the catalogue, and keeps it afterwards', async () => {
    const image = `registry.example/catalogue:0.1.0@sha256:${'0a'.repeat(32)}`;
    const dryRun = ['install', '--context', 'prod', '--velero', 'velero/velero', '--dry-run=client'];
    const imageOf = (yaml: string): string | undefined => /^ +image: (.*)$/m.exec(yaml)?.[1];

    const unnamed = await operator.recover(...dryRun);
    expect({ exitCode: unnamed.exitCode, stdout: unnamed.stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(unnamed.stderr).toContain('no image of the catalogue is named (UsageError)');
    expect(imageOf((await operator.recover(...dryRun, '--image', image)).stdout)).toBe(image);

    // Of a whole installation only the Deployment: the catalogue of this cluster runs beside it.
    const objects = (await operator.recover(...dryRun, '--image', image, '-o', 'json')).stdout;
    const deployment = objects.split(/^(?=\{$)/m).find(text => text.includes('"kind": "Deployment"')) ?? '';
    const file = join(environment.clusters.prod.dir, 'deployment.json');
    await writeFile(file, deployment);
    await kubectl('apply', '-f', file);
    try {
      const kept = await operator.recover(...dryRun);
      expect({ exitCode: kept.exitCode, image: imageOf(kept.stdout) }).toEqual({ exitCode: 0, image });
      expect(kept.stderr).toContain(`the image stays "${image}"`);
    } finally {
      await kubectl('delete', '-f', file);
    }
  });

  test('walls in two modes are found, and brought together again', async () => {
    const patch = JSON.stringify({ spec: { validationActions: ['Deny', 'Audit'] } });
    await kubectl('patch', 'validatingadmissionpolicybinding', WALL, '--type=merge', '-p', patch);
    const checked = await check();
    expect(checked.exitCode).toBe(1);
    expect(wallsOf(checked)).toMatchObject([{ what: expect.stringContaining('mixed modes') }]);
    expect((await operator.recover('mode', 'audit', '--context', 'prod', '--yes')).stderr).toContain(
      `binding "${WALL}": Deny,Audit -> Warn,Audit`,
    );
    await allOk();
  });
});

describe('with all replicas of the catalogue stopped', () => {
  let scheduled = '';

  beforeAll(async () => {
    const { prod } = environment.clusters;
    await deployPlain(prod, 'alice', 'shop');
    await registerGroup(alice, 'prod', 'shop', ['shop']);
    expect(await backUp(prod, 'whole')).toBe('Completed');
    await allOk();
    await stopCatalogue();
    const { cron, time } = nextRun(new Date());
    await prod.velero('schedule', 'create', SCHEDULE, '--schedule', cron);
    await passTime(prod, time, new AbortController().signal);
    const backup = await waitForScheduledBackup(prod, new AbortController().signal);
    expect(backup?.status?.phase).toBe('Completed');
    expect(backup?.metadata.annotations ?? {}).not.toHaveProperty([ANNOTATIONS.stamp]);
    scheduled = backup?.metadata.name ?? '';
  });

  const unstamped = () => ({
    check: 'stamps',
    state: 'warning',
    what: `1 backup finished without a stamp, so owners cannot recover from it: "${scheduled}"; recovery points instead: shop/shop 1 point (newest "whole")`,
    mend: expect.stringMatching(/velero backup create NAME.*kubectl recover stamp --all/),
  });

  test('a scheduled backup completes, and both are found', async () => {
    const checked = await check();
    expect(checked.exitCode).toBe(1);
    expect(notOk(checked)).toEqual([
      {
        check: 'catalogue',
        state: 'failed',
        what: 'the catalogue of cluster "prod" does not answer',
        mend: expect.stringContaining('kubectl-recover-system'),
      },
      expect.objectContaining({ check: 'clock', state: 'unknown' }),
      unstamped(),
    ]);
  });

  test('the walls are not enforced, unless somebody insists', async () => {
    const refused = await operator.recover('mode', 'enforce', '--context', 'prod', '--yes');
    expect(refused.exitCode).toBe(3);
    expect(refused.stderr).toContain('is not fit for mode Enforce');
    expect(refused.stderr).toContain('the catalogue of cluster "prod" does not answer');
    expect((await operator.recover('mode', '--context', 'prod')).stdout).toMatch(/^Mode: Audit\n/);
    const forced = await operator.recover('mode', 'enforce', '--context', 'prod', '--force', '--dry-run=server');
    expect(forced.exitCode).toBe(0);
  });

  test('afterwards the backup is still shown as unstamped, with what can be done', async () => {
    await startCatalogue();
    await eventually('the catalogue to answer', async () => (await check()).exitCode === 0);
    expect(notOk(await check())).toEqual([unstamped()]);
  });
});
