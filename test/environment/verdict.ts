import { isCode } from '../../api/codes.ts';
import { ApiError } from '../../api/kubernetes/api-error.ts';

/** Who refused a write: a policy of the API server, a webhook, the schema of a CRD, RBAC, or the store. */
const refuserOf = ({ statusCode, reason, message }: ApiError): string => {
  const policy = /ValidatingAdmissionPolicy '([^']+)'/.exec(message)?.[1];
  const webhook = /admission webhook "([^"]+)" denied/.exec(message)?.[1];
  if (policy !== undefined || webhook !== undefined) return policy ?? webhook ?? '';
  if (statusCode === 422) return 'schema';
  return reason === 'Forbidden' ? 'RBAC' : reason;
};

const codesOf = ({ causes, message }: ApiError): readonly string[] => {
  const told = causes.flatMap(({ reason }) => (isCode(reason) ? [reason] : []));
  if (told.length > 0) return told;
  return [...message.matchAll(/\b([A-Z][A-Za-z]+): /g)].map(([, word]) => word ?? '').filter(isCode);
};

/** What came of a write: `stored`, or who refused it and with which codes, as `gate.kubectl-recover.io: TokenUsed`. */
export const verdictOf = async (write: Promise<unknown>): Promise<string> => {
  try {
    await write;
    return 'stored';
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return [refuserOf(error), codesOf(error).join(',')].filter(part => part !== '').join(': ');
  }
};
