import type { ChosenPoint, PointChoice } from '../recovery/choose-point.ts';
import { type CommandContext, tell } from './command-context.ts';

/** Says which point was chosen and which newer ones were passed over, and why: never an older one without a word. */
export const tellChoice = (context: CommandContext, choice: PointChoice, { point, passedOver }: ChosenPoint): void => {
  if (choice.kind === 'at') {
    tell(context, `at ${choice.asTyped} (${choice.time.toISOString()}): ${point.backup} of ${point.startTime}`);
  }
  for (const { backup, message, code } of passedOver) {
    tell(context, `passed over ${backup}: ${message ?? 'not usable'}${code === undefined ? '' : ` (${code})`}`);
  }
  if (point.usable && point.message !== undefined) tell(context, `warning: ${point.message}`);
};
