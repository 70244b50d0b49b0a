import type { RecoveryPolicy } from '../../api/kinds/recovery-policy.ts';
import { API_GROUP } from '../../api/names.ts';
import { type Decision, refuse } from './decision.ts';
import type { AdmissionRequest } from './review.ts';

const NAME = '[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?';
const DOMAIN = '[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?';
/** Label keys and values as the API server takes them, or no namespace could be made. */
const LABEL_KEY = new RegExp(`^(${DOMAIN}/)?${NAME}$`);
const LABEL_VALUE = new RegExp(`^(${NAME})?$`);

/** Our own prefix opens walls, and the name of a namespace is the API server's. */
const isTakenLabel = (key: string): boolean => key.startsWith(`${API_GROUP}/`) || key === 'kubernetes.io/metadata.name';

const labelFault = (labels: Readonly<Record<string, string>> = {}): string | undefined =>
  Object.entries(labels)
    .filter(([key, value]) => !LABEL_KEY.test(key) || !LABEL_VALUE.test(value) || isTakenLabel(key))
    .map(([key, value]) => `${key}=${value}`)[0];

/** Judges what no schema can: the pattern for reasons is a regular expression, and labels are some. */
export const validatePolicy = async (request: AdmissionRequest): Promise<Decision> => {
  const { spec } = request.object as unknown as RecoveryPolicy;
  const label = labelFault(spec.newNamespaces?.labels);
  if (label !== undefined) {
    return refuse('spec.newNamespaces.labels', {
      code: 'RequestInvalid',
      message: `"${label}" cannot be a label of a new namespace`,
      mend: `write valid label keys and values, none of ${API_GROUP}`,
    });
  }
  if (spec.reasonPattern === undefined) return { kind: 'allow' };
  try {
    new RegExp(`^(?:${spec.reasonPattern})$`, 'u');
    return { kind: 'allow' };
  } catch {
    return refuse('spec.reasonPattern', {
      code: 'RequestInvalid',
      message: `"${spec.reasonPattern}" is no regular expression`,
    });
  }
};
