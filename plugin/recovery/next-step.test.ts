import { createServer, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FakeCatalogue } from '../../test/fakes/fake-catalogue.ts';
import { FakeTerminal } from '../../test/fakes/fake-terminal.ts';
import { KubeconfigFolder } from '../../test/fakes/kubeconfig-folder.ts';
import { run } from '../run.ts';

let prod: FakeCatalogue;
let dr: FakeCatalogue;
let folder: KubeconfigFolder;
/** Takes connections and never says anything, as a host behind a broken network does. */
let blackHole: Server;

beforeEach(async () => {
  [prod, dr] = await Promise.all([FakeCatalogue.start('prod'), FakeCatalogue.start('dr')]);
  folder = new KubeconfigFolder();
  blackHole = createServer(() => undefined);
  await new Promise<void>(resolve => blackHole.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  await Promise.all([prod.stop(), dr.stop()]);
  blackHole.close();
  folder.remove();
});

const recover = async (from: string | undefined, into: string, ...more: readonly string[]) => {
  const cluster = { 'insecure-skip-tls-verify': true };
  const { port } = blackHole.address() as { readonly port: number };
  const KUBECONFIG = folder.write('config', [
    { name: 'prod', server: prod.url, cluster },
    { name: 'dr', server: dr.url, cluster },
    { name: 'gone', server: 'http://127.0.0.1:9', cluster },
    { name: 'silent', server: `http://127.0.0.1:${port}`, cluster },
  ]);
  const terminal = new FakeTerminal({ env: { KUBECONFIG } });
  const source = from === undefined ? [] : ['--from-context', from];
  const exitCode = await run(['shop', '--latest', ...source, '--context', into, ...more], terminal);
  return { exitCode, talk: terminal.talk };
};

describe('a source that does not answer is named with what can be done without it', () => {
  test('between two clusters: the destination says what it needs to go on without', async () => {
    const { exitCode, talk } = await recover('gone', 'dr');
    expect(exitCode).toBe(1);
    expect(talk).toContain('cluster "gone" cannot be reached');
    expect(talk).toContain('recover without its word: kubectl recover shop --context dr');
    expect(dr.asked).toEqual([]);
  });

  test('its catalogue alone, likewise', async () => {
    prod.isSilent = true;
    const { talk } = await recover('prod', 'dr');
    expect(talk).toContain('the catalogue of cluster "prod" took the request');
    expect(talk).toContain('recover without its word: kubectl recover shop --context dr');
  });

  test('at home: another cluster that trusts it', async () => {
    const { talk } = await recover(undefined, 'gone');
    expect(talk).toContain('kubectl recover shop --context OTHER');
  });
});

describe('a destination that does not answer is named with what can be done meanwhile', () => {
  test('the recovery is signed now for later', async () => {
    const { exitCode, talk } = await recover('prod', 'gone');
    expect(exitCode).toBe(1);
    expect(talk).toContain('cluster "gone" cannot be reached');
    expect(talk).toContain('kubectl recover prepare shop --from-context prod --context gone -o FILE');
  });

  test('both silent: both are named, after one wait', async () => {
    const { exitCode, talk } = await recover('silent', 'gone', '--request-timeout', '1s');
    expect(exitCode).toBe(1);
    expect(talk).toContain('cluster "silent" cannot be reached');
    expect(talk).toContain('and cluster "gone" cannot be reached');
    expect(talk).toContain('the network of this machine');
  });
});

const point = (backup: string, part: object = {}) => ({
  ...{ backup, source: '5f0e0c1e-0000-4000-8000-000000000001', startTime: '2026-03-02T03:00:00Z' },
  ...{ namespaces: ['shop'], phase: 'Completed', usable: true },
  ...part,
});
const IN_LOST_BUCKET = { usable: false, code: 'LocationUnavailable', message: 'the storage location is Unavailable' };

describe('a point that cannot be used is named with what can be done instead', () => {
  test('where none can: who mends the storage', async () => {
    prod.answer = { points: [point('night', IN_LOST_BUCKET)] };
    const { exitCode, talk } = await recover(undefined, 'prod');
    expect(exitCode).toBe(3);
    expect(talk).toContain('LocationUnavailable');
    expect(talk).toContain('an operator looks at the storage: kubectl recover check --context prod');
  });

  test('where it was asked for by name: one that can be used, which is not taken without a word', async () => {
    prod.answer = { points: [point('night', IN_LOST_BUCKET), point('older')] };
    const terminal = new FakeTerminal({ env: { KUBECONFIG: folder.pathOf('config') } });
    await recover(undefined, 'prod', '--dry-run=client');
    await run(['shop', '--point', 'night', '--context', 'prod', '--dry-run=client'], terminal);
    expect(terminal.talk).toContain('night cannot be used now: the storage location is Unavailable');
    expect(terminal.talk).toContain('--point older');
  });

  test('Velero that shows no life is told before anything is registered', async () => {
    prod.answer = { points: [point('night')], warnings: ['Velero may not be running'] };
    expect((await recover(undefined, 'prod', '--dry-run=client')).talk).toContain('warning: Velero may not be running');
  });
});

describe('a registered recovery that does not move', () => {
  test('says that the catalogue has not judged it', async () => {
    prod.answer = { points: [point('night')] };
    prod.recoveryStatus = {};
    const { exitCode, talk } = await recover(undefined, 'prod', '--timeout', '20s');
    expect(exitCode).toBe(124);
    expect(talk).toContain('the catalogue has not judged it yet; an operator looks at its pods');
  });

  test('says what holds Velero up', async () => {
    const condition = { lastTransitionTime: '2026-03-02T12:00:00Z', message: 'Velero has not begun' } as const;
    prod.answer = { points: [point('night')] };
    prod.recoveryStatus = {
      conditions: [
        { ...condition, type: 'Admitted', status: 'True', reason: 'RestoreStored' },
        { ...condition, type: 'Succeeded', status: 'Unknown', reason: 'VeleroSilent' },
      ],
    };
    const { talk } = await recover(undefined, 'prod', '--timeout', '1s');
    expect(talk).toContain('New: Velero has not begun');
  });

  test('goes on when its cluster is out of reach, and can be come back to', async () => {
    prod.answer = { points: [point('night')] };
    prod.recoveryStatus = {};
    prod.onRegister = () => {
      setTimeout(() => void prod.stop(), 500);
      return undefined;
    };
    const { exitCode, talk } = await recover(undefined, 'prod');
    expect(exitCode).toBe(1);
    expect(talk).toContain('the recovery goes on without us');
    expect(talk).toMatch(/come back to it with: kubectl recover status [0-9a-f]{32} -w --context prod/);
    prod = await FakeCatalogue.start('prod');
  });
});
