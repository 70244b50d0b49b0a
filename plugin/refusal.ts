import { type Problem, RecoverError } from '../api/recover-error.ts';

/** One failed check of a refusal. */
export interface FailedCheck extends Problem {
  /** Name of the check, or the field that is wrong. */
  readonly check: string;
}

/** A cluster said no; all its reasons at once. */
export class Refusal extends RecoverError {
  readonly failedChecks: readonly [FailedCheck, ...FailedCheck[]];

  constructor(message: string, failedChecks: readonly [FailedCheck, ...FailedCheck[]]) {
    super({ code: failedChecks[0].code, message });
    this.name = 'Refusal';
    this.failedChecks = failedChecks;
  }
}
