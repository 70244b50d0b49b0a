import type { CheckResult } from '../../api/kinds/recovery.ts';
import { ApiError, type StatusCause } from '../../api/kubernetes/api-error.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { saidIn, translateError } from '../../plugin/cluster/translate-error.ts';
import { Refusal } from '../../plugin/refusal.ts';
import { paletteOf } from '../../plugin/render/color.ts';
import { failureText } from '../../plugin/render/failure.ts';
import { answerOf } from '../../webhook/admission/respond.ts';
import { placed } from '../../webhook/admission/validate-recovery.ts';
import { failuresOf } from '../../webhook/checks/validate.ts';
import { sentence } from '../../webhook/controllers/reconcile-access-request.ts';
import { masked } from '../environment/shown.ts';

/** What people see of refusals that a test makes, by the way that they take from catalogue to terminal. */

const text = (error: unknown): string => masked(failureText(error, paletteOf(false)));

interface Answered {
  readonly status: { readonly message: string; readonly details: { readonly causes: readonly StatusCause[] } };
}

/** Of a registration whose checks came to this. */
export const shownRegistration = (results: readonly CheckResult[]): string => {
  const decision = { kind: 'refuse', summary: 'refused', problems: failuresOf(results).map(placed) } as const;
  const { status } = answerOf({ uid: '' }, decision).response as unknown as Answered;
  const error = new ApiError(403, 'Forbidden', status.message, status.details.causes);
  return text(translateError(error, { context: 'dr', server: 'https://dr.invalid' }));
};

/** Of a question to the catalogue that it answers with this error. */
export const shownAnswer = (error: unknown): string => {
  if (!(error instanceof RecoverError)) throw error;
  const problem = { check: 'request', code: error.code, ...saidIn('dr', sentence(error)) };
  return text(new Refusal('refused by cluster "dr"', [problem]));
};

/** What is refused, and how that is told. */
export interface Told {
  readonly why: string;
  readonly text: string;
}

/** Refusals as they are kept in a file; those that are told alike stand together. */
export const keptText = (all: readonly Told[]): string =>
  [...Map.groupBy(all, ({ text }) => text)]
    .map(([text, alike]) => `${alike.map(({ why }) => `# ${why}\n`).join('')}${text}`)
    .join('\n');
