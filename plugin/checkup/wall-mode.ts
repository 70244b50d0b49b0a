import type { KubeObject } from '../../api/kinds/object-meta.ts';
import { LABELS } from '../../api/names.ts';
import type { PolicyBinding } from './admission-objects.ts';

export type WallMode = 'Audit' | 'Enforce';

/** What a binding of a wall does in each mode, as the manifests have it. */
export const ACTIONS: Readonly<Record<WallMode, readonly string[]>> = {
  Audit: ['Warn', 'Audit'],
  Enforce: ['Deny', 'Audit'],
};

/** How the webhook for Restores without a token is called in each mode. */
export const BARE_FAILURE_POLICY: Readonly<Record<WallMode, string>> = { Audit: 'Ignore', Enforce: 'Fail' };

export const isWall = ({ metadata }: KubeObject): boolean => metadata.labels?.[LABELS.wall] !== undefined;

/** What one binding says; undefined if it neither refuses nor warns. */
export const modeOfBinding = ({ spec }: PolicyBinding): WallMode | undefined => {
  const actions = spec.validationActions ?? [];
  if (actions.includes('Deny')) return 'Enforce';
  return actions.includes('Warn') ? 'Audit' : undefined;
};

/** What all walls say; `Mixed` if they differ, `Unknown` if there is none or one says neither. */
export const modeOfWalls = (bindings: readonly PolicyBinding[]): WallMode | 'Mixed' | 'Unknown' => {
  const modes = new Set(bindings.filter(isWall).map(modeOfBinding));
  if (modes.size === 0 || modes.has(undefined)) return 'Unknown';
  if (modes.size > 1) return 'Mixed';
  return modes.has('Enforce') ? 'Enforce' : 'Audit';
};
