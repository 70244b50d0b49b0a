/** The group that a command is about. */
export const GROUP_POSITIONAL = {
  type: 'string',
  demandOption: true,
  describe: 'The group, as NAME or NAMESPACE/NAME',
} as const;

/** The other one of the two clusters. */
export const fromContextOption = (describe = 'Context of the source cluster, if it is another') =>
  ({ type: 'string', requiresArg: true, describe }) as const;
