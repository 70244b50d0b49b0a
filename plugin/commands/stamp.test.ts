import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ANNOTATIONS } from '../../api/names.ts';
import { VELERO } from '../../api/velero/velero-types.ts';
import { FakeCatalogue } from '../../test/fakes/fake-catalogue.ts';
import { FakeInstall } from '../../test/fakes/fake-install.ts';
import { FakeTerminal } from '../../test/fakes/fake-terminal.ts';
import { KubeconfigFolder } from '../../test/fakes/kubeconfig-folder.ts';
import { run } from '../run.ts';

let folder: KubeconfigFolder;

beforeEach(() => {
  folder = new KubeconfigFolder();
});

afterEach(() => folder.remove());

const runStamp = async (url: string, ...argv: readonly string[]) => {
  const server = { name: 'prod', server: url, cluster: { 'insecure-skip-tls-verify': true } };
  const terminal = new FakeTerminal({ env: { KUBECONFIG: folder.write('config', [server]) } });
  const exitCode = await run(['stamp', ...argv], terminal);
  return { exitCode, data: terminal.data, talk: terminal.talk };
};

describe('named backups', () => {
  let catalogue: FakeCatalogue;

  beforeEach(async () => {
    catalogue = await FakeCatalogue.start();
    catalogue.answer = { stamp: { backup: 'old', outcome: 'Adopted', groups: ['shop/shop', 'mail/mail'] } };
  });

  afterEach(() => catalogue.stop());

  test('are asked for one by one, and what came of each is told', async () => {
    expect(await runStamp(catalogue.url, 'old', 'older', '--reason', 'x')).toEqual({
      exitCode: 0,
      data: 'BACKUP   OUTCOME   GROUPS\nold      Adopted   shop/shop, mail/mail\nold      Adopted   shop/shop, mail/mail\n',
      talk: 'such stamps count in this cluster only; RecoveryPolicies may refuse them: adoptedPoints\n',
    });
    expect(catalogue.asked.map(({ wants }) => wants)).toEqual([
      { stamp: { backup: 'old', reason: 'x' } },
      { stamp: { backup: 'older', reason: 'x' } },
    ]);
  });

  test('are taken over, or judged in a dry run, where that is asked for', async () => {
    await runStamp(catalogue.url, 'old', '--reattest', '--reason', 'on the list');
    const dry = await runStamp(catalogue.url, 'old', '--dry-run=server');
    expect(catalogue.asked.map(({ wants }) => wants.stamp)).toEqual([
      { backup: 'old', reattest: true, reason: 'on the list' },
      { backup: 'old', dryRun: true },
    ]);
    expect(dry.talk).toBe('dry run: nothing was changed\n');
  });

  test('that are refused end with exit code 3, one that lacks the right with what would mend it', async () => {
    catalogue.refusal = ['StampInvalid', 'it carries a stamp — look why'];
    const { exitCode, data } = await runStamp(catalogue.url, 'old');
    expect({ exitCode, data }).toMatchObject({ exitCode: 3, data: expect.stringContaining('StampInvalid') });
    catalogue.refusal = ['Forbidden', '"alice" lacks the RBAC verb "stamp" — it is in the ClusterRole x'];
    const forbidden = await runStamp(catalogue.url, 'old', 'older');
    expect(forbidden).toMatchObject({ exitCode: 1, data: '', talk: expect.stringContaining('do: it is in') });
  });

  test.each([
    [[]],
    [['old', '--all']],
    [['old', '--reattest']],
    [['--all', '--reattest', '--reason', 'x']],
  ])('%j says too little or too much', async argv => {
    expect((await runStamp(catalogue.url, ...argv)).exitCode).toBe(2);
    expect(catalogue.asked).toEqual([]);
  });

  test('at a catalogue that knows no adoption are refused', async () => {
    catalogue.answer = {};
    expect((await runStamp(catalogue.url, 'old')).talk).toContain('(CatalogueMissing)');
  });
});

describe('--all', () => {
  let cluster: FakeInstall;

  beforeEach(async () => {
    cluster = await FakeInstall.start();
  });

  afterEach(() => cluster.stop());

  const putBackup = (name: string, phase: string, annotation?: string): void => {
    cluster.server.put(VELERO.backups, {
      apiVersion: 'velero.io/v1',
      kind: 'Backup',
      metadata: { namespace: 'velero', name, annotations: annotation === undefined ? {} : { [annotation]: 'x' } },
      spec: {},
      status: { phase },
    });
  };

  test('means every finished backup without a stamp; nobody is asked in a dry run of the client', async () => {
    putBackup('b', 'PartiallyFailed');
    putBackup('a', 'Completed');
    putBackup('stamped', 'Completed', ANNOTATIONS.stamp);
    putBackup('adopted', 'Completed', ANNOTATIONS.adoptedStamp);
    putBackup('failed', 'Failed');
    putBackup('running', 'InProgress');
    expect(await runStamp(cluster.url, '--all', '--dry-run=client')).toEqual({ exitCode: 0, data: 'a\nb\n', talk: '' });
  });

  test('asks before it does it, and does nothing where nobody is there', async () => {
    putBackup('a', 'Completed');
    const { exitCode, talk } = await runStamp(cluster.url, '--all');
    expect(exitCode).toBe(2);
    expect(talk).toContain('add --yes');
    expect(cluster.server.writes).toEqual([]);
  });

  test('with nothing to adopt says so', async () => {
    putBackup('stamped', 'Completed', ANNOTATIONS.stamp);
    expect(await runStamp(cluster.url, '--all')).toMatchObject({
      exitCode: 0,
      talk: expect.stringContaining('carries a stamp'),
    });
  });
});
