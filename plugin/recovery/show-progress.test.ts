import { expect, test } from 'vitest';
import type { RecoveryStatus } from '../../api/kinds/recovery.ts';
import { showProgress } from './show-progress.ts';

const restoreLine = (progress: NonNullable<RecoveryStatus['progress']>): string => {
  const lines: string[] = [];
  const view = {
    set: (name: string, state: string, text: string) => void lines.push(`${name} ${state} ${text}`),
    settle: () => undefined,
  };
  const admitted = { type: 'Admitted', status: 'True', reason: 'RestoreStored', message: '', lastTransitionTime: '' };
  const metadata = { name: 'r', uid: 'r', resourceVersion: '1', creationTimestamp: '2026-03-02T12:00:00Z' };
  const status = { progress, conditions: [{ ...admitted, status: 'True' as const }] };
  showProgress({ metadata, status }, view, new Date(metadata.creationTimestamp));
  return lines.find(line => line.startsWith('restored')) ?? '';
};

test.each([
  [
    'who waits for others is told of how many',
    { phase: 'New', itemsRestored: 0, totalItems: 0, ahead: 12 },
    'restored running New; Velero restores one at a time and has 12 to do first',
  ],
  ['who is next is not', { phase: 'New', itemsRestored: 0, totalItems: 0, ahead: 0 }, 'restored running New'],
  [
    'nor is who is not waiting',
    { phase: 'InProgress', itemsRestored: 0, totalItems: 0 },
    'restored running InProgress',
  ],
])('%s', (_, progress, line) => {
  expect(restoreLine(progress)).toBe(line);
});
