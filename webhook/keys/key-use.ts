/** What a key of a cluster signs: grants, stamps, or recovery tokens (admission). */
export const KEY_USES = ['grant', 'stamp', 'admission'] as const;
export type KeyUse = (typeof KEY_USES)[number];

/** The same as objects and tokens spell it. */
export const USE_NAMES = { grant: 'Grant', stamp: 'Stamp', admission: 'Admission' } as const satisfies Record<
  KeyUse,
  string
>;
