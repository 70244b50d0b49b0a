import { expect, test } from 'vitest';
import { refuseBareRestore } from './refuse-bare-restore.ts';
import type { AdmissionRequest } from './review.ts';

const review: AdmissionRequest = {
  uid: 'review-1',
  operation: 'CREATE',
  kind: { group: 'velero.io', version: 'v1', kind: 'Restore' },
  userInfo: { username: 'system:admin', groups: ['system:masters'] },
  object: { metadata: { name: 'restore-1' }, spec: {} },
};

test('in mode Audit a Restore without a token goes on, with a warning that names the way', async () => {
  const decision = await refuseBareRestore(() => 'Audit')(review);
  expect(decision).toEqual({
    kind: 'allow',
    warnings: [expect.stringMatching(/^TokenMissing: .*kubectl recover GROUP/)],
  });
});

test.each(['Enforce', 'Unknown'] as const)('in mode %s it is refused, whoever asks', async mode => {
  const decision = await refuseBareRestore(() => mode)(review);
  expect(decision).toMatchObject({
    kind: 'refuse',
    problems: [{ code: 'TokenMissing', field: 'metadata.annotations', mend: expect.stringContaining('bypass-reason') }],
  });
});

test('the mode is that of the moment, not of the start', async () => {
  let mode: 'Audit' | 'Enforce' = 'Audit';
  const endpoint = refuseBareRestore(() => mode);
  expect((await endpoint(review)).kind).toBe('allow');
  mode = 'Enforce';
  expect((await endpoint(review)).kind).toBe('refuse');
});
