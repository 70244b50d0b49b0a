/**
 * A catalogue does not know by which contexts a person reaches clusters. Behind a flag of a command that would mend a
 * refusal these stand for them: where the proof is from, and the cluster that refuses. The plugin puts the names in.
 */
export const CONTEXT_NAMES = { source: 'SOURCE', here: 'HERE' } as const;
