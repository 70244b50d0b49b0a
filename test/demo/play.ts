import { TestClusterError } from '../clusters/test-cluster-error.ts';
import type { Scene } from './scene.ts';
import { createStage, type StageOptions } from './stage.ts';
import type { Step } from './step.ts';

/** How many steps held. */
export interface Tally {
  readonly held: number;
  readonly failed: number;
}

/** What is wrong, of an error that was foreseen; anything else is a bug and keeps its stack. */
const textOf = (error: unknown): string => {
  if (error instanceof TestClusterError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
};

/** Plays the steps one after another, also after one that failed, and counts; throws when interrupted. */
export const play = async (steps: readonly Step[], scene: Scene, options: StageOptions): Promise<Tally> => {
  const { print, palette, signal } = options;
  let held = 0;
  for (const [index, step] of steps.entries()) {
    signal.throwIfAborted();
    print(palette.strong(`[${index + 1}/${steps.length}] ${step.title}`));
    const { stage, held: isHeld } = createStage(options);
    try {
      await step.run(scene, stage);
    } catch (error) {
      signal.throwIfAborted();
      stage.check(textOf(error), false);
    }
    if (isHeld()) held += 1;
    print('');
  }
  const failed = steps.length - held;
  const sum = `${steps.length} steps, ${held} held, ${failed} failed`;
  print(failed === 0 ? palette.good(sum) : palette.bad(sum));
  return { held, failed };
};
