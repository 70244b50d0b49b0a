/** What a key of a cluster signs: grants, stamps, or recovery tokens (admission). */
export const KEY_USES = ['grant', 'stamp', 'admission'] as const;
export type KeyUse = (typeof KEY_USES)[number];
