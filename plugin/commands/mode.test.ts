import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LABELS } from '../../api/names.ts';
import { FakeInstall } from '../../test/fakes/fake-install.ts';
import { FakeTerminal, type TerminalSetting } from '../../test/fakes/fake-terminal.ts';
import { KubeconfigFolder } from '../../test/fakes/kubeconfig-folder.ts';
import { ADMISSION, BARE_WEBHOOK, type WebhookConfiguration } from '../checkup/admission-objects.ts';
import { run } from '../run.ts';

let cluster: FakeInstall;
let folder: KubeconfigFolder;
let env: Readonly<Record<string, string>>;

beforeEach(async () => {
  cluster = await FakeInstall.start();
  folder = new KubeconfigFolder();
  env = {
    KUBECONFIG: folder.write('config', [
      { name: 'prod', server: cluster.url, cluster: { 'insecure-skip-tls-verify': true } },
    ]),
  };
});

afterEach(async () => {
  await cluster.stop();
  folder.remove();
});

const runMode = async (flags: readonly string[], setting: TerminalSetting = {}) => {
  const terminal = new FakeTerminal({ env, ...setting });
  const exitCode = await run(['mode', ...flags], terminal);
  return { exitCode, data: terminal.data, talk: terminal.talk, prompts: terminal.prompts };
};

const WALLS = ['restores', 'updates', 'operators', 'content'].map(name => `kubectl-recover-${name}`);
const ALWAYS = ['marks', 'releases', 'requester', 'own-kinds'].map(name => `kubectl-recover-${name}`);

const actions = (name: string) => cluster.server.find(ADMISSION.bindings, { name })?.spec.validationActions;
const configuration = () => cluster.server.find(ADMISSION.validating, { name: 'kubectl-recover' });
const failurePolicies = () =>
  Object.fromEntries((configuration()?.webhooks ?? []).map(({ name, failurePolicy }) => [name, failurePolicy]));

/** What the walls do now, and how the webhook for bare Restores fails. */
const state = () => [...WALLS.map(name => actions(name)?.[0]), failurePolicies()[BARE_WEBHOOK]];

const AUDIT = ['Warn', 'Warn', 'Warn', 'Warn', 'Ignore'];
const ENFORCE = ['Deny', 'Deny', 'Deny', 'Deny', 'Fail'];

const setActions = (name: string, validationActions: readonly string[]): void => {
  const binding = cluster.server.find(ADMISSION.bindings, { name });
  if (binding === undefined) throw new Error(`no binding "${name}"`);
  cluster.server.put(ADMISSION.bindings, { ...binding, spec: { ...binding.spec, validationActions } });
};

describe('shown', () => {
  test('as a table', async () => {
    expect(await runMode([])).toMatchObject({
      exitCode: 0,
      data: `Mode: Audit

WALL   BY                          DOES
1      kubectl-recover-restores    Warn,Audit
2      kubectl-recover-updates     Warn,Audit
3      kubectl-recover-operators   Warn,Audit
4      kubectl-recover-content     Warn,Audit
       bare.kubectl-recover.io     Ignore
`,
      talk: '',
    });
  });

  test('as JSON', async () => {
    setActions('kubectl-recover-content', ['Deny', 'Audit']);
    expect(JSON.parse((await runMode(['-ojson'])).data)).toMatchObject({
      context: 'prod',
      mode: 'Mixed',
      walls: expect.arrayContaining([
        { wall: '4', binding: 'kubectl-recover-content', validationActions: ['Deny', 'Audit'] },
      ]),
      webhook: { name: BARE_WEBHOOK, failurePolicy: 'Ignore' },
    });
  });

  test('not where there are no walls', async () => {
    for (const name of WALLS) cluster.server.remove(ADMISSION.bindings, { name });
    for (const flags of [[], ['audit', '--yes']]) {
      expect(await runMode(flags)).toMatchObject({
        exitCode: 1,
        talk: 'Error: cluster "prod" has no walls (CatalogueMissing)\n  do: an operator runs: kubectl recover install --context prod\n',
      });
    }
  });
});

describe('switched', () => {
  test('to enforce and back: the walls and one webhook, nothing else', async () => {
    const before = { policies: failurePolicies(), always: ALWAYS.map(actions) };
    const enforced = await runMode(['enforce', '--yes']);
    expect(enforced).toMatchObject({ exitCode: 0, data: '', prompts: [] });
    expect(enforced.talk).toContain('people, pipelines  a Restore by hand');
    expect(enforced.talk).toContain('binding "kubectl-recover-restores": Warn,Audit -> Deny,Audit\n');
    expect(enforced.talk).toContain(`webhook "${BARE_WEBHOOK}": Ignore -> Fail\n`);
    expect(state()).toEqual(ENFORCE);
    expect(WALLS.map(actions)).toEqual(WALLS.map(() => ['Deny', 'Audit']));
    expect(failurePolicies()).toEqual({ ...before.policies, [BARE_WEBHOOK]: 'Fail' });
    expect(ALWAYS.map(actions)).toEqual(before.always);
    expect((await runMode(['audit', '--yes'])).exitCode).toBe(0);
    expect(state()).toEqual(AUDIT);
    expect({ policies: failurePolicies(), always: ALWAYS.map(actions) }).toEqual(before);
  });

  test('a second time changes nothing and asks nobody', async () => {
    expect(await runMode(['audit'])).toMatchObject({
      exitCode: 0,
      talk: 'cluster "prod" is in mode Audit already\n',
      prompts: [],
    });
    await runMode(['enforce', '--yes']);
    const writes = cluster.server.writes.length;
    cluster.catalogue = 'dead';
    expect((await runMode(['enforce'])).talk).toBe('cluster "prod" is in mode Enforce already\n');
    expect(cluster.server.writes).toHaveLength(writes);
  });

  test('from halfway: only what is left is changed', async () => {
    setActions('kubectl-recover-restores', ['Deny', 'Audit']);
    const { exitCode, talk } = await runMode(['enforce', '--yes']);
    expect(exitCode).toBe(0);
    expect(talk).not.toContain('binding "kubectl-recover-restores"');
    expect(state()).toEqual(ENFORCE);
  });

  test('a webhook that alone does not follow is mended', async () => {
    await runMode(['enforce', '--yes']);
    for (const name of WALLS) setActions(name, ['Warn', 'Audit']);
    expect((await runMode(['audit', '--yes'])).talk).toContain(`webhook "${BARE_WEBHOOK}": Fail -> Ignore`);
    expect(state()).toEqual(AUDIT);
  });

  test('a write of the catalogue in between is kept', async () => {
    let isFirst = true;
    cluster.server.meanwhile = ({ method, url }) => {
      if (method !== 'PUT' || !url.includes('validatingwebhookconfigurations') || !isFirst) return;
      isFirst = false;
      const { webhooks = [], ...rest } = configuration() as WebhookConfiguration;
      const renewed = webhooks.map(webhook => ({
        ...webhook,
        clientConfig: { ...webhook.clientConfig, caBundle: 'bmV3' },
      }));
      cluster.server.put(ADMISSION.validating, { ...rest, webhooks: renewed });
    };
    expect((await runMode(['enforce', '--yes'])).exitCode).toBe(0);
    expect(state()).toEqual(ENFORCE);
    expect(new Set((configuration()?.webhooks ?? []).map(({ clientConfig }) => clientConfig.caBundle))).toEqual(
      new Set(['bmV3']),
    );
  });

  test('a login without the right says so', async () => {
    cluster.lacking.add('patch validatingadmissionpolicybindings.admissionregistration.k8s.io');
    expect(await runMode(['enforce', '--yes'])).toMatchObject({
      exitCode: 1,
      talk: expect.stringContaining('(Forbidden)'),
    });
    expect(state()).toEqual(AUDIT);
  });
});

describe('asks', () => {
  const tty = { isTTY: true };

  test('on a terminal, after it said what changes for whom', async () => {
    const { exitCode, talk, prompts } = await runMode(['enforce'], { ...tty, answers: ['y'] });
    expect(exitCode).toBe(0);
    expect(prompts).toEqual(['Switch to mode Enforce? [y/N] ']);
    expect(talk.indexOf('operators ')).toBeLessThan(talk.indexOf('Switch to'));
    expect(state()).toEqual(ENFORCE);
  });

  test.each(['', 'n', 'yep'])('and the answer "%s" changes nothing', async answer => {
    const { exitCode } = await runMode(['enforce'], { ...tty, answers: [answer] });
    expect(exitCode).toBe(130);
    expect(state()).toEqual(AUDIT);
  });

  test('for --yes where there is no terminal', async () => {
    expect(await runMode(['enforce'])).toMatchObject({
      exitCode: 2,
      talk: expect.stringContaining('Error: nobody is there to confirm it (UsageError)\n  do: add --yes\n'),
    });
    expect(state()).toEqual(AUDIT);
  });
});

describe('a dry run', () => {
  test.each(['client', 'server'])('of the %s tells the changes, asks nobody and makes none', async where => {
    const { exitCode, talk } = await runMode(['enforce', `--dry-run=${where}`]);
    expect(exitCode).toBe(0);
    expect(talk).toContain('binding "kubectl-recover-content": Warn,Audit -> Deny,Audit\n');
    expect(talk).toMatch(/dry run: nothing was changed\n$/);
    expect(state()).toEqual(AUDIT);
    const changes = cluster.server.writes.filter(write => /^(PATCH|PUT) /.test(write));
    expect(changes).toHaveLength(where === 'client' ? 0 : 5);
    expect(changes.every(write => write.endsWith('?dryRun=All'))).toBe(true);
  });
});

describe('is not enforced', () => {
  const refused = async (what: string): Promise<void> => {
    const { exitCode, talk } = await runMode(['enforce', '--yes']);
    expect(exitCode).toBe(3);
    expect(talk).toContain('Error: cluster "prod" is not fit for mode Enforce; mend this, or insist with --force\n');
    expect(talk).toContain(what);
    expect(talk).toContain('do: ');
    expect(state()).toEqual(AUDIT);
  };

  test('while the catalogue does not answer', async () => {
    cluster.catalogue = 'dead';
    await refused('the catalogue of cluster "prod" does not answer');
  });

  test('while a wall is altered', async () => {
    const name = 'kubectl-recover-content';
    const policy = cluster.server.find(ADMISSION.policies, { name });
    if (policy === undefined) throw new Error('no policy');
    cluster.server.put(ADMISSION.policies, { ...policy, spec: { ...policy.spec, validations: [] } });
    await refused(`policy "${name}" is not what this version installs`);
  });

  test('while Velero has drifted', async () => {
    cluster.putIdentity('self', { spec: { velero: [{ namespace: 'backup', serviceAccount: 'velero' }] } });
    await refused('"velero/velero", which nobody confirmed');
  });

  test('by somebody who cannot see whether it may be', async () => {
    cluster.lacking.add('list deployments.apps');
    await refused('you lack the right to list deployments.apps');
  });

  test('unless somebody insists; back to audit is always possible', async () => {
    cluster.catalogue = 'dead';
    expect((await runMode(['enforce', '--yes', '--force'])).exitCode).toBe(0);
    expect(state()).toEqual(ENFORCE);
    expect((await runMode(['audit', '--yes'])).exitCode).toBe(0);
    expect(state()).toEqual(AUDIT);
  });
});

test('only bindings with the label are switched', async () => {
  const binding = cluster.server.find(ADMISSION.bindings, { name: 'kubectl-recover-marks' });
  expect(binding?.metadata.labels?.[LABELS.wall]).toBeUndefined();
  const foreign = {
    ...binding,
    metadata: { name: 'of-somebody-else', labels: { app: 'x' } },
    spec: { validationActions: ['Warn'] },
  };
  cluster.server.put(ADMISSION.bindings, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    ...foreign,
  });
  await runMode(['enforce', '--yes']);
  expect(actions('of-somebody-else')).toEqual(['Warn']);
});
