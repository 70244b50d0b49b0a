import { type Code, isCode } from '../../api/codes.ts';
import { ApiError, ConnectionSetupError, type StatusCause, UnreachableError } from '../../api/kubernetes/api-error.ts';
import { API_GROUP, REQUESTS_NAMESPACE } from '../../api/names.ts';
import { type Problem, RecoverError } from '../../api/recover-error.ts';
import { type FailedCheck, Refusal } from '../refusal.ts';
import { apiErrorMend } from './api-error-mend.ts';
import { bindingCommand, parseLackingRight, rightMend } from './lacking-right.ts';
import { nameContexts } from './name-contexts.ts';
import { shellWord } from './shell-word.ts';

export interface Where {
  readonly context: string;
  readonly server: string;
}

/** What the catalogue puts between what is wrong and what would mend it. */
const MEND_SEPARATOR = ' — ';

/** Splits a message of the catalogue into what is wrong and what would mend it. */
export const splitMend = (message: string): Pick<Problem, 'message' | 'mend'> => {
  const at = message.indexOf(MEND_SEPARATOR);
  if (at === -1) return { message };
  return { message: message.slice(0, at), mend: message.slice(at + MEND_SEPARATOR.length) };
};

/** What the catalogue of the cluster of a context says, with that context where it means itself. */
export const saidIn = (context: string, message: string): Pick<Problem, 'message' | 'mend'> =>
  nameContexts(splitMend(message), { here: context });

const failedCheck =
  ({ context }: Where) =>
  ({ reason, message = '', field = 'request' }: StatusCause): FailedCheck[] =>
    isCode(reason) ? [{ check: field, code: reason, ...saidIn(context, message) }] : [];

const problem = (value: Problem, cause: unknown): RecoverError => new RecoverError(value, { cause });

const catalogueMissing = ({ context }: Where, what: string, cause: unknown): RecoverError =>
  problem(
    {
      code: 'CatalogueMissing',
      message: `cluster "${context}" ${what}`,
      mend: `an operator runs: kubectl recover install --context ${shellWord(context)}`,
    },
    cause,
  );

const isMissingApi = ({ statusCode, message }: ApiError): boolean =>
  statusCode === 404 &&
  (message.includes('page not found') ||
    message.includes('could not find the requested resource') ||
    message.includes(`namespaces "${REQUESTS_NAMESPACE}" not found`));

/** What a policy of ours in the API server says: a code, what is wrong, and what would mend it. */
const POLICY_DENIAL = /denied request: ([A-Za-z]+): (.*)$/s;

/** Where a policy asks for a right it names the ClusterRole that has it, and cannot name the user. */
const withBinding = (mend: string | undefined, { context }: Where): string | undefined => {
  const [, role] = /^it is in the ClusterRole (kubectl-recover-[a-z-]+)$/.exec(mend ?? '') ?? [];
  if (role === undefined) return mend;
  return `it is in the ClusterRole "${role}"; an admin of the cluster gives it: ${bindingCommand('USER', role, context)}`;
};

const deniedByPolicy = (error: ApiError, where: Where): RecoverError | undefined => {
  const [, code, text = ''] = POLICY_DENIAL.exec(error.message) ?? [];
  if (!isCode(code)) return undefined;
  const { message, mend } = splitMend(text);
  const mends = withBinding(mend, where);
  const said = `cluster "${where.context}": ${message}`;
  return problem({ code, message: said, ...(mends === undefined ? {} : { mend: mends }) }, error);
};

/** What the API server alone found. */
const unjudged = (code: Code, error: ApiError, { context }: Where): RecoverError =>
  problem({ code, message: `cluster "${context}": ${error.message}`, mend: apiErrorMend(error, context) }, error);

const forbidden = (error: ApiError, where: Where): RecoverError => {
  const right = parseLackingRight(error.message);
  return problem(
    {
      code: 'Forbidden',
      message: `cluster "${where.context}": ${error.message}`,
      mend: right === undefined ? apiErrorMend(error, where.context) : rightMend(right, where.context),
    },
    error,
  );
};

const ofApi = (error: ApiError, where: Where): RecoverError => {
  const [first, ...others] = error.causes.flatMap(failedCheck(where));
  if (first !== undefined) {
    return new Refusal(`refused by cluster "${where.context}" (${count(others.length + 1)})`, [first, ...others]);
  }
  if (isMissingApi(error)) return catalogueMissing(where, 'has no catalogue', error);
  if (error.message.includes('failed calling webhook') && error.message.includes(API_GROUP)) {
    return problem(
      {
        code: 'CatalogueMissing',
        message: `the catalogue of cluster "${where.context}" does not answer`,
        mend: 'an operator looks at its pods in namespace kubectl-recover-system; in an emergency see docs/break-glass.md',
      },
      error,
    );
  }
  const denied = deniedByPolicy(error, where);
  if (denied !== undefined) return denied;
  switch (error.statusCode) {
    case 400:
    case 422:
      return unjudged('RequestInvalid', error, where);
    case 401:
      return problem(
        {
          code: 'LoginRejected',
          message: `cluster "${where.context}" (${where.server}) does not accept the login: it is expired or unknown`,
          mend: `log in again; who you are then shows: kubectl auth whoami --context ${shellWord(where.context)}`,
        },
        error,
      );
    case 403:
      return forbidden(error, where);
    case 404:
      return unjudged('NotFound', error, where);
    default:
      return unjudged('InternalError', error, where);
  }
};

const count = (checks: number): string => (checks === 1 ? '1 check failed' : `${checks} checks failed`);

/** What an error of the cluster's means for the person at the terminal, and what to do next. */
export const translateError = (error: unknown, where: Where): unknown => {
  if (error instanceof ApiError) return ofApi(error, where);
  if (error instanceof UnreachableError) return unreachable(error, where);
  if (error instanceof ConnectionSetupError) {
    const message = `cluster "${where.context}" cannot be used: ${error.message}`;
    return problem({ code: 'KubeconfigInvalid', message, mend: error.mend }, error);
  }
  // A TypeError is ours: a request that cannot be made.
  if (error instanceof RecoverError || error instanceof TypeError || !(error instanceof Error)) return error;
  return ofKubeconfig(error, where);
};

const unreachable = (error: UnreachableError, { context }: Where): RecoverError =>
  problem(
    {
      code: 'ClusterUnreachable',
      message: `cluster "${context}" cannot be reached: ${error.message}`,
      mend: `try: kubectl --context ${shellWord(context)} version; then look at network, VPN and the address in the kubeconfig`,
    },
    error,
  );
/** Before anything is sent, client-node reads certificates and keys; what it throws is of no class of its own. */
const ofKubeconfig = (error: Error, { context }: Where): RecoverError => {
  const why = error.message.split('\n').find(line => line.trim() !== '') ?? 'it cannot be read';
  return problem(
    {
      code: 'KubeconfigInvalid',
      message: `cluster "${context}" cannot be used as the kubeconfig says: ${why}`,
      mend: `try: kubectl --context ${shellWord(context)} auth whoami; then look at cluster and user in the kubeconfig`,
    },
    error,
  );
};
