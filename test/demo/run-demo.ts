import { paletteOf, usesColor } from '../../plugin/render/color.ts';
import type { Reporter } from '../clusters/reporter.ts';
import { type RecoveryEnvironment, startRecoveryEnvironment } from '../environment/recovery-environment.ts';
import { howToExplore } from './how-to-explore.ts';
import { untilAborted } from './interruption.ts';
import { play } from './play.ts';
import { setScene } from './scene.ts';
import { STEPS } from './steps.ts';

export interface DemoSurroundings {
  /** Gets the story, line by line. */
  readonly stdout: NodeJS.WriteStream;
  /** Gets the talk about building and starting. */
  readonly report: Reporter;
  readonly signal: AbortSignal;
}

const show = async (
  environment: RecoveryEnvironment,
  keep: boolean,
  { stdout, report, signal }: DemoSurroundings,
): Promise<boolean> => {
  const scene = await setScene(environment, report);
  const palette = paletteOf(
    usesColor('auto', { write: text => void stdout.write(text), isTTY: stdout.isTTY === true }, process.env),
  );
  const { failed } = await play(STEPS, scene, { print: line => void stdout.write(`${line}\n`), palette, signal });
  if (keep) {
    report(howToExplore(scene));
    await untilAborted(signal);
  }
  return failed === 0;
};

/** Starts the clusters, tells the story on them and stops them, however it went; whether all steps held. */
export const runDemo = async (keep: boolean, surroundings: DemoSurroundings): Promise<boolean> => {
  const { report, signal } = surroundings;
  const environment = await startRecoveryEnvironment({ report });
  try {
    signal.throwIfAborted();
    return await show(environment, keep, surroundings);
  } finally {
    report('stopping the clusters');
    await environment.stop();
  }
};
