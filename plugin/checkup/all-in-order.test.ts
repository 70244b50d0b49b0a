import { expect, test } from 'vitest';
import { allInOrder } from './all-in-order.ts';

const afterTurns = async (turns: number, failure: string): Promise<never> => {
  for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
  throw new Error(failure);
};

test('the values come in the order of the list', async () => {
  expect(await allInOrder([Promise.resolve(1), Promise.resolve('two')])).toEqual([1, 'two']);
});

test('of several failures the first in the list is thrown, whichever came first in time', async () => {
  await expect(allInOrder([afterTurns(9, 'first'), afterTurns(1, 'second')])).rejects.toThrow('first');
  await expect(allInOrder([afterTurns(1, 'first'), afterTurns(9, 'second')])).rejects.toThrow('first');
});
