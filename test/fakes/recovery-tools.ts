import { pino } from 'pino';
import type { Stored } from '../../api/kinds/object-meta.ts';
import type { Recovery } from '../../api/kinds/recovery.ts';
import { createMetrics } from '../../webhook/observability/metrics.ts';
import type { RecoveryTools } from '../../webhook/recovery/recovery-context.ts';
import { type FakeCluster, NOW, uidOf } from './fake-authority.ts';
import { recoveryObject } from './recovery-objects.ts';

/** What a step of a recovery works with, at `NOW`, where no other recovery runs and nobody is told. */
export const recoveryTools = (
  { admissionKey }: Pick<FakeCluster, 'admissionKey'>,
  tools: Pick<RecoveryTools, 'client' | 'state'> & Partial<RecoveryTools>,
): RecoveryTools => ({
  admissionKey: () => admissionKey,
  events: { tell: async () => undefined },
  isRunning: () => true,
  restoresAhead: () => 0,
  log: pino({ level: 'silent' }),
  metrics: createMetrics(),
  clock: () => NOW.getTime(),
  ...tools,
});

/** The Recovery of the samples as it comes back from the API server. */
export const storedRecovery = (part: Parameters<typeof recoveryObject>[0] = {}): Stored<Recovery> => {
  const { metadata, ...rest } = recoveryObject(part);
  const stored = { uid: uidOf('recovery'), resourceVersion: '1', creationTimestamp: NOW.toISOString() };
  return { ...rest, metadata: { ...metadata, ...stored } };
};
