import type { StampedGroup } from '../../api/tokens/kinds.ts';
import type { ClaimView, NamespaceView } from '../state/views.ts';

export interface HoldingsNow {
  readonly claim: (namespaceUid: string) => ClaimView | undefined;
  readonly namespace: (name: string) => NamespaceView | undefined;
}

/**
 * What of a stamp holds at the end of a backup as it did at its beginning: each namespace that was deleted, made anew or
 * given to another group meanwhile is left out, since what was read there may be somebody else's.
 */
export const stillHeld = (groups: readonly StampedGroup[], now: HoldingsNow): StampedGroup[] =>
  groups.flatMap(group => {
    const namespaces = group.namespaces.filter(
      ([name, uid]) => now.namespace(name)?.uid === uid && now.claim(uid)?.groupId === group.id,
    );
    return namespaces.length === 0 ? [] : [{ ...group, namespaces }];
  });

export const countNamespaces = (groups: readonly StampedGroup[]): number =>
  groups.reduce((sum, { namespaces }) => sum + namespaces.length, 0);
