import { RecoverError } from '../../api/recover-error.ts';
import { type Decision, type PlacedProblem, refuse } from './decision.ts';
import type { AdmissionRequest } from './review.ts';

/** `AdmissionReview` of admission.k8s.io/v1 with a response. */
export interface ReviewAnswer {
  readonly apiVersion: 'admission.k8s.io/v1';
  readonly kind: 'AdmissionReview';
  readonly response: Readonly<Record<string, unknown>>;
}

const sentence = ({ code, message, mend }: PlacedProblem): string =>
  `${code}: ${message}${mend === undefined ? '' : ` — ${mend}`}`;

/** All failures in one message for people, and one cause each for programs (`status.details.causes`). */
const refusal = (summary: string, problems: readonly PlacedProblem[]) => ({
  allowed: false,
  status: {
    status: 'Failure',
    code: 403,
    reason: 'Forbidden',
    message:
      problems.length === 1 ? problems.map(sentence).join('') : [summary, ...problems.map(sentence)].join('\n  '),
    details: {
      causes: problems.map(({ code, message, mend, field }) => ({
        reason: code,
        field,
        message: mend === undefined ? message : `${message} — ${mend}`,
      })),
    },
  },
  auditAnnotations: { codes: problems.map(({ code }) => code).join(',') },
});

const responseOf = (decision: Decision): Readonly<Record<string, unknown>> => {
  switch (decision.kind) {
    case 'allow':
      return { allowed: true, warnings: decision.warnings ?? [], auditAnnotations: decision.audit ?? {} };
    case 'mutate':
      return decision.patch.length === 0
        ? { allowed: true }
        : {
            allowed: true,
            patchType: 'JSONPatch',
            patch: Buffer.from(JSON.stringify(decision.patch)).toString('base64'),
          };
    case 'refuse':
      return refusal(decision.summary, decision.problems);
  }
};

/** The answer to a review. */
export const answerOf = (request: Pick<AdmissionRequest, 'uid'>, decision: Decision): ReviewAnswer => ({
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  response: { uid: request.uid, ...responseOf(decision) },
});

/** What an error means for the request: always a refusal, with its own code if it has one. */
export const decisionOfError = (error: unknown): Decision =>
  error instanceof RecoverError
    ? refuse('request', error)
    : refuse('request', {
        code: 'InternalError',
        message: 'the catalogue failed while it looked at the request, so it refuses',
        mend: 'try again; an operator finds the cause in the log of the catalogue',
      });
