import type { PointAnswer } from '../../api/kinds/access-request.ts';

/** A recovery point as a catalogue lists it: usable, unless told otherwise. */
export const pointAnswer = (backup: string, part: Partial<PointAnswer> = {}): PointAnswer => ({
  backup,
  source: '5f0e0c1e-0000-4000-8000-000000000001',
  startTime: '2026-03-01T03:00:00Z',
  namespaces: ['shop'],
  phase: 'Completed',
  usable: true,
  ...part,
});
