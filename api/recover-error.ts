import type { Code } from './codes.ts';

/** What was wrong, as data for people and programs. Never holds a token, a key or a Secret's content. */
export interface Problem {
  readonly code: Code;
  /** What is wrong, with the names in quotes. */
  readonly message: string;
  /** What would mend it: a command or an act, and who can do it. */
  readonly mend?: string;
}

/** Base of every error that this project throws on purpose; carries one code of the closed list. */
export class RecoverError extends Error implements Problem {
  readonly code: Code;
  readonly mend?: string;

  constructor(problem: Problem, options?: ErrorOptions) {
    super(problem.message, options);
    this.name = 'RecoverError';
    this.code = problem.code;
    if (problem.mend !== undefined) this.mend = problem.mend;
  }
}
