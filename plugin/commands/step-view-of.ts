import { REQUESTS_LEVEL } from '../cluster/connection-flags.ts';
import { createStepView, type StepView } from '../render/step-view.ts';
import type { CommandContext } from './command-context.ts';

/** Shows the steps of a recovery as the flags of the command ask for. */
export const stepViewOf = ({ io, palette, quiet, connection }: CommandContext): StepView =>
  createStepView(io, palette, { quiet, isTalkative: (connection.verbosity ?? 0) >= REQUESTS_LEVEL });
