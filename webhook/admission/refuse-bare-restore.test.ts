import { expect, test } from 'vitest';
import type { Sighting } from '../observability/would-be-refused.ts';
import { refuseBareRestore } from './refuse-bare-restore.ts';
import type { AdmissionRequest } from './review.ts';

const review: AdmissionRequest = {
  uid: 'review-1',
  operation: 'CREATE',
  kind: { group: 'velero.io', version: 'v1', kind: 'Restore' },
  userInfo: { username: 'system:admin', groups: ['system:masters'] },
  object: { metadata: { name: 'restore-1' }, spec: {} },
};

type Mode = ReturnType<Parameters<typeof refuseBareRestore>[0]['mode']>;

const judge = (mode: () => Mode) => {
  const sightings: Sighting[] = [];
  return { sightings, endpoint: refuseBareRestore({ mode, sighted: sighting => sightings.push(sighting) }) };
};

test('in mode Audit it is counted with who made it, but not if it is only tried', async () => {
  const { endpoint, sightings } = judge(() => 'Audit');
  await endpoint({ ...review, dryRun: true });
  expect(sightings).toEqual([]);
  await endpoint(review);
  expect(sightings).toEqual([{ user: 'system:admin', what: 'create Restore', wall: 1 }]);
});

test('what is refused is not counted as what would be', async () => {
  const { endpoint, sightings } = judge(() => 'Enforce');
  await endpoint(review);
  expect(sightings).toEqual([]);
});

test('in mode Audit a Restore without a token goes on, with a warning that names the way', async () => {
  const decision = await judge(() => 'Audit').endpoint(review);
  expect(decision).toEqual({
    kind: 'allow',
    warnings: [expect.stringMatching(/^TokenMissing: .*kubectl recover GROUP/)],
  });
});

test.each(['Enforce', 'Unknown'] as const)('in mode %s it is refused, whoever asks', async mode => {
  const decision = await judge(() => mode).endpoint(review);
  expect(decision).toMatchObject({
    kind: 'refuse',
    problems: [{ code: 'TokenMissing', field: 'metadata.annotations', mend: expect.stringContaining('bypass-reason') }],
  });
});

test('the mode is that of the moment, not of the start', async () => {
  let mode: 'Audit' | 'Enforce' = 'Audit';
  const { endpoint } = judge(() => mode);
  expect((await endpoint(review)).kind).toBe('allow');
  mode = 'Enforce';
  expect((await endpoint(review)).kind).toBe('refuse');
});
