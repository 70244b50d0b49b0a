import { expect, test } from 'vitest';
import type { Mode } from '../cluster/mode.ts';
import type { Sighting } from '../observability/would-be-refused.ts';
import type { AdmissionRequest } from './review.ts';
import { sightVeleroWrite } from './sight-velero-write.ts';

const write = (kind: string, part: Partial<AdmissionRequest> = {}): AdmissionRequest => ({
  uid: 'review-1',
  operation: 'CREATE',
  kind: { group: 'velero.io', version: 'v1', kind },
  userInfo: { username: 'bob' },
  object: {},
  ...part,
});

const seenIn = async (mode: Mode, request: AdmissionRequest): Promise<readonly Sighting[]> => {
  const sightings: Sighting[] = [];
  const decision = await sightVeleroWrite({ mode: () => mode, sighted: sighting => sightings.push(sighting) })(request);
  expect(decision).toEqual({ kind: 'allow' });
  return sightings;
};

test.each([
  ['Schedule', 'CREATE', { user: 'bob', what: 'create Schedule', wall: 3 }],
  ['Schedule', 'UPDATE', { user: 'bob', what: 'update Schedule', wall: 3 }],
  ['Backup', 'CREATE', { user: 'bob', what: 'create Backup', wall: 3 }],
  ['Backup', 'UPDATE', { user: 'bob', what: 'update Backup', wall: 2 }],
  ['Restore', 'UPDATE', { user: 'bob', what: 'update Restore', wall: 2 }],
] as const)('in mode Audit %s %s is counted and goes on', async (kind, operation, sighting) => {
  expect(await seenIn('Audit', write(kind, { operation }))).toEqual([sighting]);
});

test('what is only tried is not counted, nor what another mode lets pass', async () => {
  expect(await seenIn('Audit', write('Schedule', { dryRun: true }))).toEqual([]);
  expect(await seenIn('Enforce', write('Schedule'))).toEqual([]);
  expect(await seenIn('Unknown', write('Schedule'))).toEqual([]);
});
