import type { Code } from '../api/codes.ts';

/** Exit codes that scripts can rely on. */
export const EXIT = {
  success: 0,
  error: 1,
  usage: 2,
  refused: 3,
  notFound: 4,
  partiallyFailed: 5,
  failed: 6,
  timeout: 124,
  interrupted: 130,
} as const;

export const EXIT_CODE_HELP =
  'Exit codes: 0 success, 1 error, 2 usage, 3 refused, 4 not found, 5 partially failed, 6 failed, 124 timeout, 130 interrupted';

/** The exit code that a failure ends with. */
export const exitCodeOf = (code: Code): number => {
  switch (code) {
    case 'UsageError':
      return EXIT.usage;
    case 'NotFound':
    case 'PointNotFound':
      return EXIT.notFound;
    case 'RestorePartiallyFailed':
    case 'WorkloadsNotReady':
      return EXIT.partiallyFailed;
    case 'RestoreFailed':
    case 'RestoreGone':
    case 'PointChanged':
      return EXIT.failed;
    case 'Timeout':
      return EXIT.timeout;
    case 'Interrupted':
      return EXIT.interrupted;
    case 'KubeconfigInvalid':
    case 'ClusterUnreachable':
    case 'LoginRejected':
    case 'Forbidden':
    case 'CatalogueMissing':
    case 'VeleroMissing':
    case 'VeleroSilent':
    case 'InternalError':
    case 'StateUnavailable':
    case 'PlanUnavailable':
      return EXIT.error;
    default:
      return EXIT.refused;
  }
};
