import { describe, expect, test } from 'vitest';
import { CODES, type Code } from '../api/codes.ts';
import { EXIT, EXIT_CODE_HELP, exitCodeOf } from './exit-codes.ts';

/** Every code, and what a script sees of it; a new code does not compile until it stands here. */
const EXPECTED: Readonly<Record<Code, number>> = {
  TokenMalformed: 3,
  TokenExpired: 3,
  TokenUntrusted: 3,
  TokenRevoked: 3,
  PreparedForOther: 3,
  RequesterMismatch: 3,
  NotOwner: 3,
  GroupAmbiguous: 3,
  DestinationMismatch: 3,
  DestinationNotAllowed: 3,
  ClusterIdentifierAvailable: 3,
  GroupGone: 3,
  GroupStillExists: 3,
  SourceNotLost: 3,
  GroupActiveElsewhere: 3,
  PointNotFound: 4,
  PointNotReady: 3,
  PointExpired: 3,
  LocationUnavailable: 3,
  PointShadowed: 3,
  PointNotStamped: 3,
  StampInvalid: 3,
  PointNotOwned: 3,
  ScopeExceeded: 3,
  ResourceExcluded: 3,
  NamespaceTaken: 3,
  NamespaceProtected: 3,
  NewNamespaceNotAllowed: 3,
  PolicyDenied: 3,
  TokenMissing: 3,
  TokenUsed: 3,
  RestoreMismatch: 3,
  ValidationChanged: 3,
  RequestInvalid: 3,
  NamespaceAdminRequired: 3,
  NamespaceNotFound: 3,
  NamespaceClaimed: 3,
  NamespaceRecreated: 3,
  OwnerNotAllowed: 3,
  CatalogueOnly: 3,
  RestoreFailed: 6,
  RestorePartiallyFailed: 5,
  WorkloadsNotReady: 5,
  RestoreGone: 6,
  VeleroSilent: 1,
  PointChanged: 6,
  StateUnavailable: 1,
  PlanUnavailable: 1,
  InternalError: 1,
  UsageError: 2,
  KubeconfigInvalid: 1,
  ClusterUnreachable: 1,
  LoginRejected: 1,
  Forbidden: 1,
  CatalogueMissing: 1,
  VeleroMissing: 1,
  PeerNotTrusted: 3,
  NotFound: 4,
  CheckFailed: 3,
  Timeout: 124,
  Interrupted: 130,
};

describe('the exit code', () => {
  test.each(Object.entries(EXPECTED))('of %s is %i', (code, exitCode) => {
    expect(exitCodeOf(code as Code)).toBe(exitCode);
  });

  test('stands here for every code, and for nothing else', () => {
    expect(Object.keys(EXPECTED).toSorted()).toEqual(Object.keys(CODES).toSorted());
  });

  test('is never that of success', () => {
    expect(Object.keys(EXPECTED).filter(code => exitCodeOf(code as Code) === EXIT.success)).toEqual([]);
  });
});

test('the help names each exit code with its meaning', () => {
  const words = Object.entries(EXIT).map(
    ([name, exitCode]) => `${exitCode} ${name.replaceAll(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`)}`,
  );
  expect(EXIT_CODE_HELP).toBe(`Exit codes: ${words.join(', ')}`);
});
