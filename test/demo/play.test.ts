import { expect, test } from 'vitest';
import { paletteOf } from '../../plugin/render/color.ts';
import { TestClusterError } from '../clusters/test-cluster-error.ts';
import { play } from './play.ts';
import type { Scene } from './scene.ts';
import type { Step } from './step.ts';

const holds: Step = { title: 'holds', run: async (_, stage) => stage.check('so it is', true) };
const fails: Step = { title: 'fails', run: async (_, stage) => stage.check('is it so', false) };
const throws: Step = {
  title: 'throws',
  run: async () => {
    throw new TestClusterError('NotReadyInTime', 'it never came');
  },
};
const scene = {} as Scene;

const played = async (steps: readonly Step[], signal = new AbortController().signal) => {
  const lines: string[] = [];
  const tally = await play(steps, scene, { print: line => lines.push(line), palette: paletteOf(false), signal });
  return { tally, lines };
};

test('the last line counts, and a step that fails does not keep the others from being played', async () => {
  const { tally, lines } = await played([holds, fails, throws, holds]);
  expect(tally).toEqual({ held: 2, failed: 2 });
  expect(lines.at(-1)).toBe('4 steps, 2 held, 2 failed');
  expect(lines).toEqual(expect.arrayContaining(['[2/4] fails', '  ✔ so it is', '  ✗ is it so', '  ✗ it never came']));
});

test('an interruption ends the play and is no failed step', async () => {
  const controller = new AbortController();
  const interrupts: Step = {
    title: 'interrupts',
    run: async () => {
      controller.abort(new Error('interrupted'));
      throw new Error('the command was ended');
    },
  };
  await expect(played([interrupts, holds], controller.signal)).rejects.toThrow('interrupted');
});
