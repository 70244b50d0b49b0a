import { describe, expect, test } from 'vitest';
import { recoveryToken } from '../../api/tokens/kinds.ts';
import { signToken } from '../../api/tokens/sign-token.ts';
import { FakeCluster, NOW } from '../../test/fakes/fake-authority.ts';
import { FakeClusterState } from '../../test/fakes/fake-cluster-state.ts';
import { recoveryObject, restoreObject } from '../../test/fakes/recovery-objects.ts';
import { recoveryClaims } from '../../test/fakes/sample-claims.ts';
import type { RecoveryContext } from './recovery-context.ts';
import { veleroHoldUp } from './velero-hold-up.ts';

const here = await FakeCluster.create('dr');
const token = await signToken(recoveryToken, recoveryClaims(here), here.admissionKey);

const secondsAgo = (seconds: number): string => new Date(NOW.getTime() - seconds * 1000).toISOString();

const holdUp = (restore: { readonly phase?: string; readonly ageSeconds: number }, lastValidationTime?: string) => {
  const state = new FakeClusterState(here);
  const location = { namespace: 'velero', name: 'default', phase: 'Available' };
  state.locations = [lastValidationTime === undefined ? location : { ...location, lastValidationTime }];
  const recovery = recoveryObject({ status: { recoveryToken: token } });
  const context = { recovery, hash: 'h', tools: { state, clock: () => NOW.getTime() } } as unknown as RecoveryContext;
  const made = restoreObject({ uid: 'r1', creationTimestamp: secondsAgo(restore.ageSeconds) });
  return veleroHoldUp(context, { ...made, status: restore.phase === undefined ? {} : { phase: restore.phase } });
};

describe('Velero holds a recovery up', () => {
  test.each([undefined, '', 'New'])('that has not begun with it for a while (phase %s)', phase => {
    const text = holdUp({ ageSeconds: 16, ...(phase === undefined ? {} : { phase }) });
    expect(text).toContain('Velero has not begun with Restore');
    expect(text).toContain('an operator looks at Velero in namespace "velero"');
  });

  test('that began and shows no life since', () => {
    const text = holdUp({ phase: 'InProgress', ageSeconds: 900 }, secondsAgo(600));
    expect(text).toContain(`since ${secondsAgo(600)}; it may not be running`);
    expect(text).not.toContain('has not begun');
  });
});

describe('Velero does not hold a recovery up', () => {
  test.each([
    [undefined, 14],
    ['New', 14],
    ['InProgress', 3600],
  ])('in phase %s after %i s', (phase, ageSeconds) => {
    expect(holdUp({ ageSeconds, ...(phase === undefined ? {} : { phase }) }, secondsAgo(30))).toBeUndefined();
  });
});
