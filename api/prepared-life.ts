/** Longest life of a proof that is prepared for a later day, in seconds. Apart from the schemas, since the command line is read without them. */
export const MAX_PREPARED_LIFE_SECONDS = 7 * 24 * 3600;
