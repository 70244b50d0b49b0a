import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { CORE } from '../../api/kubernetes/core-types.ts';
import { ANNOTATIONS, SELF_IDENTITY } from '../../api/names.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { FakeInstall } from '../../test/fakes/fake-install.ts';
import { FakeTerminal } from '../../test/fakes/fake-terminal.ts';
import { KubeconfigFolder } from '../../test/fakes/kubeconfig-folder.ts';
import { ADMISSION } from '../checkup/admission-objects.ts';
import { run } from '../run.ts';

interface Finding {
  readonly check: string;
  readonly state: string;
  readonly what: string;
  readonly mend?: string;
}

let cluster: FakeInstall;
let folder: KubeconfigFolder;
let env: Readonly<Record<string, string>>;

beforeEach(async () => {
  cluster = await FakeInstall.start();
  folder = new KubeconfigFolder();
  env = {
    KUBECONFIG: folder.write('config', [
      { name: 'prod', server: cluster.url, namespace: 'shop', cluster: { 'insecure-skip-tls-verify': true } },
    ]),
  };
});

afterEach(async () => {
  await cluster.stop();
  folder.remove();
});

const runCheck = async (...flags: readonly string[]) => {
  const terminal = new FakeTerminal({ env });
  const exitCode = await run(['check', ...flags], terminal);
  return { exitCode, data: terminal.data, talk: terminal.talk };
};

const found = async () => {
  const { exitCode, data } = await runCheck('-o', 'json');
  const { findings } = JSON.parse(data) as { readonly findings: readonly Finding[] };
  return { exitCode, findings, notOk: findings.filter(({ state }) => state !== 'ok') };
};

test('right after install all is ok', async () => {
  const { exitCode, data, talk } = await runCheck();
  expect({ exitCode, talk }).toEqual({ exitCode: 0, talk: 'cluster "prod": 24 ok\n' });
  expect(data.replaceAll(/ {3,}/g, ' | ')).toBe(`STATE | CHECK | WHAT
ok | api-server | Kubernetes v1.35.0 answers
ok | caller | you are "alice" in system:authenticated
ok | rights | you may ask for recoveries
ok | rights | admin of namespace "shop", to register groups: yes
ok | rights | on Restores in namespace "velero": operate yes, bypass yes
ok | velero | Velero runs as "velero/velero", as confirmed
ok | version | Velero in namespace "velero" is v1.18.3, which this version is tested with
ok | storage | Available: "velero/default"
ok | storage | no location holds stamps of two clusters
ok | catalogue | version ${packageJson.version}, mode Audit
ok | catalogue | its webhooks answer
ok | certificate | the authority is good until 2028-03-01
ok | webhooks | both configurations are as this version installs them
ok | walls | 9 policies and their bindings are as this version installs them
ok | walls | mode Audit
ok | restorers | 0 subjects may by RBAC create a Restore in namespace "velero"
ok | audit | in 14 days the catalogue saw nobody whom mode Enforce would refuse; what it would refuse Velero itself (wall 4) stands in the audit log of the API server
ok | clock | the clocks of this machine and of the cluster agree
ok | place | the cluster is in aws/eu-west-1, by its nodes
ok | peers | no other cluster is trusted
ok | stamps | no backup of a group finished without a stamp
ok | break-glass | no namespace is open
ok | break-glass | no Restore was made by hand with a reason
ok | marks | no namespace is being recovered
`);
});

test('nothing is changed, and the request is only judged', async () => {
  await runCheck();
  const writes = cluster.server.writes.filter(write => !/\/self\w+reviews$/.test(write));
  expect(writes).toEqual([
    'POST /apis/kubectl-recover.io/v1alpha1/namespaces/kubectl-recover-requests/accessrequests?dryRun=All',
  ]);
});

test('for scripts it is JSON or YAML, and the same', async () => {
  const { data: json, talk } = await runCheck('-ojson');
  expect(talk).toBe('');
  expect(JSON.parse(json)).toMatchObject({
    context: 'prod',
    server: cluster.url,
    version: packageJson.version,
    summary: { warning: 0, failed: 0, unknown: 0 },
    findings: expect.arrayContaining([{ check: 'walls', state: 'ok', what: 'mode Audit' }]),
  });
  expect(parse((await runCheck('-oyaml')).data)).toEqual(JSON.parse(json));
});

test('a warning does not fail, and says what would mend it below', async () => {
  cluster.server.put(CORE.namespaces, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'shop', annotations: { [ANNOTATIONS.bypassReason]: 'INC-1\u001b[2J' } },
  });
  const { exitCode, data, talk } = await runCheck();
  expect(exitCode).toBe(0);
  expect(talk).toMatch(/ 1 warning\n$/);
  expect(data).toMatch(/warning +break-glass +namespace "shop" is open .*\n +do: when the emergency is over: kubectl/);
  expect(data).not.toContain('\u001b');
});

test('what failed ends with 1', async () => {
  cluster.server.remove(ADMISSION.bindings, { name: 'kubectl-recover-content' });
  expect(await found()).toMatchObject({
    exitCode: 1,
    notOk: [
      { check: 'walls', state: 'failed', what: 'binding "kubectl-recover-content" is missing: that wall is down' },
    ],
  });
});

describe('a right that is missing', () => {
  test('is named, and the other checks go on', async () => {
    cluster.lacking.add('list backups.velero.io').add('list validatingadmissionpolicies.admissionregistration.k8s.io');
    expect(await found()).toMatchObject({
      exitCode: 0,
      notOk: [
        { check: 'storage', state: 'unknown', what: 'you lack the right to list backups.velero.io' },
        {
          check: 'walls',
          state: 'unknown',
          what: 'you lack the right to list validatingadmissionpolicies.admissionregistration.k8s.io',
        },
        { check: 'stamps', state: 'unknown', what: 'you lack the right to list backups.velero.io' },
      ],
    });
  });

  test('is no failure even if all are', async () => {
    cluster.lacking.add('*');
    const { exitCode, findings, notOk } = await found();
    expect(exitCode).toBe(0);
    expect(new Set(notOk.map(({ state }) => state))).toEqual(new Set(['unknown']));
    expect(findings.filter(({ state }) => state === 'ok').map(({ what }) => what)).toContain('its webhooks answer');
    expect(findings).toContainEqual({
      check: 'rights',
      state: 'ok',
      what: 'on Restores in all namespaces: operate no, bypass no',
    });
  });
});

describe('a catalogue', () => {
  test('that is dead is found, and why the time is not known is not told twice', async () => {
    cluster.catalogue = 'dead';
    expect(await found()).toMatchObject({
      exitCode: 1,
      notOk: [
        { check: 'catalogue', state: 'failed', what: 'the catalogue of cluster "prod" does not answer' },
        { check: 'clock', state: 'unknown' },
      ],
    });
  });

  test('that is not asked is found', async () => {
    cluster.catalogue = 'not asked';
    expect((await found()).notOk[0]).toMatchObject({
      check: 'catalogue',
      state: 'failed',
      what: expect.stringContaining('do not reach the catalogue'),
    });
  });

  test('that was never installed: nothing is ok by mistake', async () => {
    cluster.server.failure = ({ url }) => (/kubectl-recover\.io/.test(url) ? 404 : undefined);
    for (const type of [ADMISSION.policies, ADMISSION.bindings]) {
      for (const name of [
        'restores',
        'updates',
        'operators',
        'content',
        'marks',
        'releases',
        'requester',
        'own-kinds',
      ]) {
        cluster.server.remove(type, { name: `kubectl-recover-${name}` });
      }
    }
    for (const type of [ADMISSION.mutating, ADMISSION.validating]) {
      cluster.server.remove(type, { name: 'kubectl-recover' });
    }
    const { exitCode, findings } = await found();
    expect(exitCode).toBe(1);
    const ok = new Set(findings.filter(({ state }) => state === 'ok').map(({ check }) => check));
    for (const check of ['velero', 'audit', 'restorers', 'certificate', 'webhooks', 'walls', 'peers', 'marks'])
      expect(ok).not.toContain(check);
  });
});

test('an account that nobody confirmed is found against the walls too', async () => {
  cluster.putIdentity(SELF_IDENTITY, {
    spec: { velero: [{ namespace: 'velero', serviceAccount: 'other' }] },
    status: { version: packageJson.version, mode: 'Audit' },
  });
  const { notOk } = await found();
  expect(notOk.filter(({ check }) => check === 'velero').map(({ state }) => state)).toEqual(['failed', 'warning']);
  expect(notOk.filter(({ check }) => check === 'walls').length).toBeGreaterThan(0);
});

test('a cluster that does not answer is the only finding', async () => {
  await cluster.server.api.stop();
  const { exitCode, findings } = await found();
  expect(exitCode).toBe(1);
  expect(findings).toMatchObject([
    {
      check: 'api-server',
      state: 'failed',
      what: expect.stringContaining('cannot be reached'),
      mend: expect.any(String),
    },
  ]);
  await cluster.server.client.close();
  cluster = await FakeInstall.start();
});
