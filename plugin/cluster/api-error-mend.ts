import type { ApiError } from '../../api/kubernetes/api-error.ts';
import { API_GROUP } from '../../api/names.ts';
import { shellWord } from './shell-word.ts';

/** As the API server names the object of a Status: `applicationgroups.kubectl-recover.io "shop" not found`. */
const RESOURCE = /^([a-z][\w.-]*) "([^"]+)"/;
/** And where a field of it is wrong: `ApplicationGroup.kubectl-recover.io "shop" is invalid: spec.owners: …`. */
const KIND = /^([A-Z]\w+)(?:\.[\w.-]+)? "[^"]*" is invalid/;

/** Nobody may list these, and they are gone after their time. */
const REQUESTS = new Set([`accessrequests.${API_GROUP}`, `recoveries.${API_GROUP}`]);

const WEBHOOKS = 'kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations';

/** Admission that is none of ours: a rule, or a webhook that does not answer. */
const admissionMend = (message: string, inContext: string): string | undefined => {
  const [, policy] = /ValidatingAdmissionPolicy '([^']+)'.* denied request/.exec(message) ?? [];
  const isARule = 'it is a rule of that cluster, none of the catalogue';
  if (policy !== undefined) {
    return `${isARule}; what it asks for: kubectl get validatingadmissionpolicies ${shellWord(policy)} -o yaml ${inContext}`;
  }
  if (/admission webhook "[^"]+" denied the request/.test(message)) {
    return `${isARule}; whose it is: ${WEBHOOKS} ${inContext}`;
  }
  return message.includes('failed calling webhook')
    ? `an operator looks at that webhook, which is none of the catalogue: ${WEBHOOKS} ${inContext}`
    : undefined;
};

/** What would mend an answer of an API server in which no catalogue and no policy of ours has a say. */
export const apiErrorMend = ({ statusCode, reason, message }: ApiError, context: string): string => {
  const inContext = `--context ${shellWord(context)}`;
  const [, resource = '', name = ''] = RESOURCE.exec(message) ?? [];
  const [, kind] = KIND.exec(message) ?? [];
  const admission = admissionMend(message, inContext);
  if (admission !== undefined) return admission;
  switch (statusCode) {
    case 400:
    case 422:
      return kind === undefined
        ? `see whether plugin and cluster fit each other: kubectl recover check ${inContext}`
        : `mend the field that it names; what it may hold: kubectl explain ${kind.toLowerCase()}.spec ${inContext}`;
    case 403:
      return `ask an operator of that cluster for the right, or use another login; what this one may do tells: kubectl auth can-i --list ${inContext}`;
    case 404:
      if (REQUESTS.has(resource)) return 'it was deleted meanwhile: run the command again';
      return resource === ''
        ? `see what the cluster has: kubectl recover check ${inContext}`
        : `see what there is: kubectl get ${resource} ${inContext}`;
    case 409:
      return reason === 'AlreadyExists' && resource !== ''
        ? `look at the one that is there: kubectl get ${resource} ${shellWord(name)} -o yaml ${inContext}`
        : 'it was changed at the same time: run the command again';
    default:
      return `run the command again in a moment; if it stays, look at the API server: kubectl get --raw '/readyz?verbose' ${inContext}`;
  }
};
