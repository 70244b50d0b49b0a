import { describe, expect, test } from 'vitest';
import { RecoverError } from '../../api/recover-error.ts';
import { Refusal } from '../refusal.ts';
import { nameContexts, nameSource } from './name-contexts.ts';

const TRUST = 'kubectl recover cluster trust --from-context SOURCE --context HERE';

describe('contexts are put into a command', () => {
  test('as far as they are known', () => {
    expect(nameContexts({ mend: TRUST }, { here: 'dr' }).mend).toBe(
      'kubectl recover cluster trust --from-context SOURCE --context dr',
    );
  });

  test('as a shell takes them', () => {
    expect(nameContexts({ mend: TRUST }, { source: 'my prod', here: 'dr' }).mend).toBe(
      "kubectl recover cluster trust --from-context 'my prod' --context dr",
    );
  });

  test('but not for a word that only looks like one', () => {
    const mend = 'ask "SOURCE" HERE, or use --context SOURCES';
    expect(nameContexts({ mend }, { source: 'prod', here: 'dr' }).mend).toBe(mend);
  });

  test('nor where there is none', () => {
    expect(nameContexts({}, { here: 'dr' })).toEqual({});
  });
});

describe('the source is named', () => {
  const check = { check: 'token', code: 'TokenRevoked', message: 'no', mend: 'run: x --context SOURCE' } as const;

  test('in every failed check of a refusal', () => {
    const named = nameSource(new Refusal('refused', [check, { ...check, check: 'group' }]), 'prod');
    expect(named).toMatchObject({
      message: 'refused',
      failedChecks: [{ mend: 'run: x --context prod' }, { mend: 'run: x --context prod' }],
    });
  });

  test('in what a recovery ended with', () => {
    const error = new RecoverError(check);
    expect(nameSource(error, 'prod')).toMatchObject({
      code: 'TokenRevoked',
      mend: 'run: x --context prod',
      cause: error,
    });
  });

  test('and any other error stays what it is', () => {
    const errors = [new Error('x'), new RecoverError({ code: 'NotFound', message: 'no', mend: 'look' })];
    for (const error of errors) expect(nameSource(error, 'prod')).toBe(error);
  });
});
