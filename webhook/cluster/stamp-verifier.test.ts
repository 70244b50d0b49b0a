import { beforeEach, describe, expect, test, vi } from 'vitest';
import { RecoverError } from '../../api/recover-error.ts';
import { codeOf } from '../../test/fakes/code-of.ts';
import { FakeCluster, keysOf, NOW } from '../../test/fakes/fake-authority.ts';
import { START_TIME, stampClaims } from '../../test/fakes/sample-claims.ts';
import type { BackupView } from '../state/views.ts';
import { StampVerifier } from './stamp-verifier.ts';

const prod = await FakeCluster.create('prod');
const here = await FakeCluster.create('dr');
const stamp = await prod.issueStamp(stampClaims(prod));
const trusted = keysOf([prod], 'Stamp');

const backupView = (view: Partial<BackupView> = {}): BackupView => ({
  namespace: 'velero',
  name: 'nightly-1',
  uid: 'b1',
  location: 'default',
  selection: { includedNamespaces: ['*'] },
  status: { phase: 'Completed', startTimestamp: START_TIME },
  deleting: false,
  stamp,
  ...view,
});

const stampKey = vi.fn(trusted);
let verifier: StampVerifier;

beforeEach(() => {
  stampKey.mockReset().mockImplementation(trusted);
  verifier = new StampVerifier({ clusterId: here.id, stampKey, clock: () => NOW.getTime() });
});

const outcome = async (view: Partial<BackupView> = {}) => (await verifier.verdictOf(backupView(view))).outcome;

describe('the verdict', () => {
  test('on a genuine stamp tells its claims and its cluster', async () => {
    const verdict = await verifier.verdictOf(backupView());
    expect(verdict).toEqual({ outcome: 'valid', claims: stampClaims(prod), issuer: prod.id });
  });

  test('on a backup without stamp is none, whatever else it has', async () => {
    const { stamp: left, ...without } = backupView();
    expect(left).toBe(stamp);
    expect((await verifier.verdictOf(without)).outcome).toBe('none');
  });

  test.each<[string, Partial<BackupView>]>([
    ['another name', { name: 'nightly-2' }],
    ['another start', { status: { startTimestamp: '2026-03-02T03:00:01Z' } }],
    ['no start', { status: {} }],
    ['a start that is none', { status: { startTimestamp: 'soon' } }],
    ['another selection', { selection: { includedNamespaces: ['shop'] } }],
    ['an empty stamp', { stamp: '' }],
  ])('on a backup with %s is invalid', async (_, view) => {
    expect(await outcome(view)).toBe('invalid');
  });

  test.each<[string, Partial<BackupView>]>([
    ['UID, location, namespace', { uid: 'b2', location: 'other', namespace: 'velero-2' }],
    ['phase', { status: { phase: 'PartiallyFailed', startTimestamp: START_TIME } }],
    ['spelling of its start', { status: { startTimestamp: '2026-03-02T03:00:00.000Z' } }],
  ])('does not depend on %s', async (_, view) => {
    expect(await outcome(view)).toBe('valid');
  });
});

describe('what is remembered', () => {
  test('is the signature, not how it fits the backup', async () => {
    expect(await outcome()).toBe('valid');
    expect(await outcome({ name: 'nightly-2' })).toBe('invalid');
    expect(await outcome()).toBe('valid');
    expect(stampKey).toHaveBeenCalledTimes(1);
  });

  test('is forgotten when keys change: a revoked key counts at once, a new one too', async () => {
    expect(await outcome()).toBe('valid');
    stampKey.mockImplementation(keysOf([prod], 'Stamp', 'Revoked'));
    verifier.keysChanged();
    expect(await outcome()).toBe('invalid');
    stampKey.mockImplementation(trusted);
    verifier.keysChanged();
    expect(await outcome()).toBe('valid');
  });
});

describe('what cannot be told', () => {
  const unavailable = () => {
    throw new RecoverError({ code: 'StateUnavailable', message: 'nobody can tell' });
  };

  test('is thrown on, and asked again: it is no verdict', async () => {
    stampKey.mockImplementation(unavailable);
    expect(await codeOf(() => outcome())).toBe('StateUnavailable');
    stampKey.mockImplementation(trusted);
    expect(await outcome()).toBe('valid');
  });

  test('is thrown on to all who ask at once', async () => {
    stampKey.mockImplementation(unavailable);
    const codes = await Promise.all([codeOf(() => outcome()), codeOf(() => outcome())]);
    expect(codes).toEqual(['StateUnavailable', 'StateUnavailable']);
  });
});
