import type { Stored } from '../../api/kinds/object-meta.ts';
import { recoveryToken } from '../../api/tokens/kinds.ts';
import { decodeToken } from '../../api/tokens/verify-token.ts';
import { silenceText, silentSince } from '../../api/velero/velero-silence.ts';
import type { Restore } from '../../api/velero/velero-types.ts';
import type { RecoveryContext } from './recovery-context.ts';

/** Velero begins within a second or two, unless it is at another Restore. */
const PATIENCE_MS = 15_000;

const NOT_BEGUN = new Set(['', 'New']);

export const hasNotBegun = ({ status }: Restore): boolean => NOT_BEGUN.has(status?.phase ?? '');

/** What seems to keep Velero from the Restore, or nothing. The text stays the same while the cause does. */
export const veleroHoldUp = ({ recovery, tools }: RecoveryContext, restore: Stored<Restore>): string | undefined => {
  const { namespace = '', name, creationTimestamp } = restore.metadata;
  const now = new Date(tools.clock());
  const token = recovery.status?.recoveryToken;
  const location = token === undefined ? undefined : decodeToken(recoveryToken, token).claims.point.location;
  const seen = location === undefined ? undefined : tools.state.location(namespace, location);
  const since = seen && silentSince(seen, now);
  const silence = since === undefined || location === undefined ? [] : [silenceText(namespace, location, since)];
  const isLate = hasNotBegun(restore) && now.getTime() - Date.parse(creationTimestamp) > PATIENCE_MS;
  const late = isLate ? [`Velero has not begun with Restore "${name}" of ${creationTimestamp}`] : [];
  const reasons = [...late, ...silence];
  if (reasons.length === 0) return undefined;
  return `${reasons.join('; ')} — an operator looks at Velero in namespace "${namespace}"; the recovery goes on when it does`;
};
