import { expect, test } from 'vitest';
import { RecoverError } from '../../api/recover-error.ts';
import { sourceGone } from './source-gone.ts';

const dr = { context: 'dr' } as Parameters<typeof sourceGone>[2];
const told = (code: 'ClusterUnreachable' | 'CatalogueMissing' | 'LoginRejected', mend?: string) => {
  const error = new RecoverError({ code, message: 'what is wrong', ...(mend === undefined ? {} : { mend }) });
  return { error, told: sourceGone(error, 'shop', dr) };
};

const INSTEAD = 'if it is gone for good, recover without its word: kubectl recover shop --context dr';

test.each([['ClusterUnreachable'], ['CatalogueMissing']] as const)('%s: says what can be done without it', code => {
  expect(told(code, 'look at the network').told).toMatchObject({
    ...{ code, message: 'what is wrong' },
    mend: `look at the network; ${INSTEAD}`,
  });
  expect(told(code).told).toMatchObject({ mend: INSTEAD });
});

test('a source that answers is not gone, whatever it answers', () => {
  const { error, told: same } = told('LoginRejected', 'log in');
  expect(same).toBe(error);
  const foreign = new TypeError('ours');
  expect(sourceGone(foreign, 'shop', dr)).toBe(foreign);
});
