import type { Scene } from './scene.ts';
import type { Stage } from './stage.ts';

/** One step of the story; it holds if all that it checks does and nothing is thrown. */
export interface Step {
  readonly title: string;
  run(scene: Scene, stage: Stage): Promise<void>;
}
