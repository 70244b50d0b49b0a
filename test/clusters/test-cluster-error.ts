export type TestClusterErrorCode =
  | 'MissingPrerequisites'
  | 'BuildFailed'
  | 'CommandFailed'
  | 'ProgramExited'
  | 'NotReadyInTime'
  | 'NoFreePort'
  | 'NotStarted';

/** Base of everything this folder throws on purpose; callers tell the cases apart by `code`. */
export class TestClusterError extends Error {
  readonly code: TestClusterErrorCode;

  constructor(code: TestClusterErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TestClusterError';
    this.code = code;
  }
}
