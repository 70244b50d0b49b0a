import { describe, expect, test } from 'vitest';
import type { RecoveryStatus } from '../../api/kinds/recovery.ts';
import { FakeTerminal } from '../../test/fakes/fake-terminal.ts';
import { paletteOf } from '../render/color.ts';
import { createStepView } from '../render/step-view.ts';
import { showProgress } from './show-progress.ts';

const CREATED = '2026-03-02T12:00:00Z';

/** The lines that say how a status differs from one with less. */
const lines = (status: RecoveryStatus): readonly string[] => {
  const terminal = new FakeTerminal();
  const admitted = {
    type: 'Admitted',
    status: 'True',
    reason: 'RestoreStored',
    message: '',
    lastTransitionTime: CREATED,
  };
  const metadata = { name: 'r', uid: 'r', resourceVersion: '1', creationTimestamp: CREATED };
  const conditions = [{ ...admitted, status: 'True' as const }, ...(status.conditions ?? [])];
  const view = createStepView(terminal, paletteOf(false), { quiet: false });
  showProgress({ metadata, status: { ...status, conditions } }, view, new Date(CREATED));
  return terminal.talk.split('\n').filter(line => /restored|volumes|workloads|error|\//.test(line));
};

const MIB = 1024 ** 2;
const RUNNING = { phase: 'InProgress', itemsRestored: 0, totalItems: 0 } as const;

describe('items', () => {
  test.each([
    [
      'who waits for others is told of how many',
      { phase: 'New', itemsRestored: 0, totalItems: 0, ahead: 12 },
      '...    restored    New; Velero restores one at a time and has 12 to do first',
    ],
    ['who is next is not', { phase: 'New', itemsRestored: 0, totalItems: 0, ahead: 0 }, '...    restored    New'],
    ['nor is who is not waiting', RUNNING, '...    restored    InProgress'],
    [
      'are counted',
      { phase: 'InProgress', itemsRestored: 123, totalItems: 456 },
      '...    restored    123/456 items restored',
    ],
    [
      'being there is not the end while data moves',
      { phase: 'WaitingForPluginOperations', itemsRestored: 456, totalItems: 456 },
      '...    restored    456/456 items restored; the data of volumes moves',
    ],
    [
      'nor before Velero has finished',
      { phase: 'FinalizingPartiallyFailed', itemsRestored: 456, totalItems: 456 },
      '...    restored    456/456 items restored; Velero finishes',
    ],
  ])('%s', (_, progress, line) => {
    expect(lines({ progress })).toEqual([line]);
  });
});

describe('what Velero failed on', () => {
  const progress = { phase: 'PartiallyFailed', itemsRestored: 3, totalItems: 3 };
  const failuresOf = (errors: number, failures: string[]) =>
    lines({ progress, results: { warnings: 0, errors, failures } }).slice(1);

  test('is told', () => {
    expect(failuresOf(1, ['error restoring configmaps/shop/settings: denied'])).toEqual([
      'failed   error     error restoring configmaps/shop/settings: denied',
    ]);
  });

  test('is not told in full where it is much', () => {
    const told = failuresOf(
      30,
      Array.from({ length: 20 }, (_, index) => `x/${index}`),
    );
    expect(told).toHaveLength(6);
    expect(told.at(-1)).toBe('failed   errors    25 more');
  });

  test('is not told where the catalogue could not read it', () => {
    expect(failuresOf(2, [])).toEqual([]);
  });
});

describe('volumes', () => {
  const volumes = { completed: 1, failed: 0, total: 3, bytesDone: 1229 * MIB, totalBytes: 4096 * MIB };

  test.each([
    ['that move', {}, '...      volumes   1/3 restored, 1.2 GiB of 4.0 GiB'],
    ['whose size is not known', { bytesDone: 0, totalBytes: 0 }, '...      volumes   1/3 restored'],
    ['that are done', { total: 1, bytesDone: 4096 * MIB }, 'ok       volumes   1/1 restored, 4.0 GiB of 4.0 GiB'],
    ['that failed', { failed: 2 }, 'failed   volumes   1/3 restored, 2 failed, 1.2 GiB of 4.0 GiB'],
  ])('%s', (_, part, line) => {
    expect(lines({ progress: { ...RUNNING, volumes: { ...volumes, ...part } } }).at(-1)).toBe(line);
  });
});

describe('workloads', () => {
  const web = { kind: 'Deployment', namespace: 'shop', name: 'web', ready: 0, wanted: 2 } as const;

  test('that are waited for are named, with how far they are', () => {
    const { ready: _, wanted: __, ...old } = { ...web, name: 'old' };
    expect(lines({ workloads: { ready: 1, total: 3, notReady: [web, old] } })).toEqual([
      '...    restored    New',
      '...    workloads   1 of 3 ready',
      '...      Deployment shop/web  0/2 ready',
      '...      Deployment shop/old  not ready',
    ]);
  });

  test('that are many are not all named', () => {
    const notReady = Array.from({ length: 50 }, (_, index) => ({ ...web, name: `web-${index}` }));
    const said = lines({ workloads: { ready: 0, total: 60, notReady } });
    expect(said).toHaveLength(7);
    expect(said.at(-1)).toBe('...      Deployment shop/web-4  0/2 ready');
  });

  test('that were given up are a failure', () => {
    const gaveUp = {
      type: 'Succeeded',
      status: 'False',
      reason: 'WorkloadsNotReady',
      message: '',
      lastTransitionTime: CREATED,
    };
    const status = {
      workloads: { ready: 0, total: 1, notReady: [web] },
      conditions: [{ ...gaveUp, status: 'False' as const }],
    };
    expect(lines(status).slice(-2)).toEqual([
      'failed workloads   0 of 1 ready',
      'failed   Deployment shop/web  0/2 ready',
    ]);
  });
});
