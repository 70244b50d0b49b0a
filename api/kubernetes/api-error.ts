/** One cause in `status.details.causes` of a refusal: our code as reason, the check as field. */
export interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

/** An answer of an API server other than success, from its `metav1.Status`. */
export class ApiError extends Error {
  /** HTTP status code. */
  readonly statusCode: number;
  /** `metav1.StatusReason`, such as NotFound, AlreadyExists, Conflict, Forbidden; empty if there was none. */
  readonly reason: string;
  readonly causes: readonly StatusCause[];

  constructor(statusCode: number, reason: string, message: string, causes: readonly StatusCause[] = []) {
    super(message);
    this.name = 'ApiError';
    this.statusCode = statusCode;
    this.reason = reason;
    this.causes = causes;
  }
}

/** No answer at all: refused, reset, timed out, not trusted. The cause is what the network said. */
export class UnreachableError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UnreachableError';
  }
}

/** Nothing was sent, since the connection cannot be made as it is set up: its login program, its proxy. */
export class ConnectionSetupError extends Error {
  /** What would mend it. */
  readonly mend: string;

  constructor(message: string, mend: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ConnectionSetupError';
    this.mend = mend;
  }
}

const withReason =
  (reason: string) =>
  (error: unknown): error is ApiError =>
    error instanceof ApiError && error.reason === reason;

export const isNotFound = withReason('NotFound');
export const isAlreadyExists = withReason('AlreadyExists');
export const isConflict = withReason('Conflict');
